/*
 * printf(3) as far as system-runtime and svc use it, in place of libc's: that one writes floating
 * point and wide characters, which are 11 KB of code. Known are %% %c %s %d %u %x, the flags - and
 * 0, a width, a precision for %s, and the sizes l, ll and z; anything else is our bug and stops.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct sink {
	char *text; /* or NULL: file */
	size_t room, len;
	FILE *file;
};

static void put(struct sink *o, const char *s, size_t n)
{
	if (o->text == NULL)
		(void)fwrite(s, 1, n, o->file); /* ferror() tells, as with libc's */
	else if (o->len < o->room)
		memcpy(o->text + o->len, s, n < o->room - o->len ? n : o->room - o->len);
	o->len += n;
}

static void fill(struct sink *o, char c, size_t n)
{
	while (n-- > 0)
		put(o, &c, 1);
}

struct spec {
	bool left, zero;
	size_t width, precision;
	int longs; /* how often l, with z for one */
};

static const char *read_number(const char *f, va_list *ap, size_t *out)
{
	if (*f == '*') {
		int n = va_arg(*ap, int);
		*out = n < 0 ? SIZE_MAX : (size_t)n;
		return f + 1;
	}
	for (*out = 0; *f >= '0' && *f <= '9'; f++)
		*out = *out * 10 + (size_t)(*f - '0');
	return f;
}

static const char *read_spec(const char *f, va_list *ap, struct spec *s)
{
	*s = (struct spec){ .precision = SIZE_MAX };
	for (; *f == '-' || *f == '0'; f++)
		*(*f == '-' ? &s->left : &s->zero) = true;
	f = read_number(f, ap, &s->width);
	if (*f == '.')
		f = read_number(f + 1, ap, &s->precision);
	for (; *f == 'l' || *f == 'z'; f++)
		s->longs++;
	return f;
}

static void put_number(
	struct sink *o, const struct spec *s, unsigned long long v, bool minus, unsigned base)
{
	char text[24], *p = text + sizeof(text);

	do {
		*--p = "0123456789abcdef"[v % base];
		v /= base;
	} while (v != 0);
	size_t n = (size_t)(text + sizeof(text) - p), full = n + minus;
	size_t pad = s->width > full ? s->width - full : 0;
	if (!s->left && !s->zero)
		fill(o, ' ', pad);
	if (minus)
		put(o, "-", 1);
	if (!s->left && s->zero)
		fill(o, '0', pad);
	put(o, p, n);
	if (s->left)
		fill(o, ' ', pad);
}

static void put_text(struct sink *o, const struct spec *s, const char *text, size_t n)
{
	size_t pad = s->width > n ? s->width - n : 0;

	fill(o, ' ', s->left ? 0 : pad);
	put(o, text, n);
	fill(o, ' ', s->left ? pad : 0);
}

static void format(struct sink *o, const char *f, va_list *ap)
{
	struct spec s;
	long long v;

	for (; *f != '\0'; f++) {
		size_t plain = strcspn(f, "%");
		put(o, f, plain);
		f += plain;
		if (*f == '\0')
			return;
		f = read_spec(f + 1, ap, &s);
		if (*f == 's') {
			const char *text = va_arg(*ap, const char *);
			text = text != NULL ? text : "(null)";
			put_text(o, &s, text, strnlen(text, s.precision));
		} else if (*f == 'd') {
			v = s.longs > 1 ? va_arg(*ap, long long)
			    : s.longs	? va_arg(*ap, long)
					: va_arg(*ap, int);
			put_number(o, &s, v < 0 ? 0 - (unsigned long long)v : (unsigned long long)v,
				v < 0, 10);
		} else if (*f == 'u' || *f == 'x') {
			put_number(o, &s,
				s.longs > 1 ? va_arg(*ap, unsigned long long)
				: s.longs   ? va_arg(*ap, unsigned long)
					    : va_arg(*ap, unsigned),
				false, *f == 'u' ? 10 : 16);
		} else if (*f == 'c') {
			char c = (char)va_arg(*ap, int);
			put_text(o, &s, &c, 1);
		} else if (*f == '%') {
			put(o, "%", 1);
		} else {
			__builtin_trap();
		}
	}
}

int vsnprintf(char *text, size_t size, const char *f, va_list ap)
{
	char none[1];
	struct sink o = { .text = size > 0 ? text : none, .room = size > 0 ? size - 1 : 0 };
	va_list copy;

	va_copy(copy, ap);
	format(&o, f, &copy);
	va_end(copy);
	if (size > 0)
		text[o.len < o.room ? o.len : o.room] = '\0';
	return (int)o.len;
}

/* What is short goes out in one piece: stderr has no buffer, and lines of two writers would mix. */
int vfprintf(FILE *file, const char *f, va_list ap)
{
	char text[1024];
	struct sink o = { .file = file };
	va_list copy;
	int n = vsnprintf(text, sizeof(text), f, ap);

	if ((size_t)n < sizeof(text)) {
		(void)fwrite(text, 1, (size_t)n, file);
	} else {
		va_copy(copy, ap);
		format(&o, f, &copy);
		va_end(copy);
	}
	return ferror(file) ? -1 : n;
}
