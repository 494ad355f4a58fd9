/* qsort(3) for the target, in place of libc's, which is ten times as long: a heap sort, in place.
 */
#include <stdlib.h>

struct heap {
	char *items;
	size_t size; /* of one */
	int (*compare)(const void *, const void *);
};

static void swap(const struct heap *h, size_t i, size_t j)
{
	char *a = h->items + i * h->size, *b = h->items + j * h->size;

	for (size_t k = 0; k < h->size; k++) {
		char c = a[k];
		a[k] = b[k];
		b[k] = c;
	}
}

/* The item at i goes down until no one below it is larger. */
static void sink(const struct heap *h, size_t i, size_t n)
{
	for (size_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
		const char *c = h->items + child * h->size;
		if (child + 1 < n && h->compare(c, c + h->size) < 0) {
			child++;
			c += h->size;
		}
		if (h->compare(h->items + i * h->size, c) >= 0)
			return;
		swap(h, i, child);
		i = child;
	}
}

void qsort(void *items, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	const struct heap h = { .items = items, .size = size, .compare = compare };

	for (size_t i = n / 2; i-- > 0;)
		sink(&h, i, n);
	for (size_t i = n; i-- > 1;) {
		swap(&h, 0, i);
		sink(&h, 0, i);
	}
}
