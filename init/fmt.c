#include "init/fmt.h"

#include <stdbool.h>

struct sink {
	char *out;
	size_t size, len;
};

static void put(struct sink *s, char c)
{
	if (s->len + 1 < s->size)
		s->out[s->len++] = c;
}

/* How a number is padded on its left. */
struct pad {
	unsigned width;
	char with;
};

static void put_number(struct sink *s, unsigned long long v, unsigned base, struct pad pad)
{
	char digits[24];
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	for (; pad.width > n; pad.width--)
		put(s, pad.with);
	while (n)
		put(s, digits[--n]);
}

enum length { PLAIN, LONG, LONG_LONG, SIZE };

static unsigned long long take_unsigned(va_list *ap, enum length length)
{
	switch (length) {
	case PLAIN:
		return va_arg(*ap, unsigned);
	case LONG:
		return va_arg(*ap, unsigned long);
	case LONG_LONG:
		return va_arg(*ap, unsigned long long);
	case SIZE:
		return va_arg(*ap, size_t);
	}
	return 0;
}

static long long take_signed(va_list *ap, enum length length)
{
	switch (length) {
	case PLAIN:
		return va_arg(*ap, int);
	case LONG:
		return va_arg(*ap, long);
	case LONG_LONG:
		return va_arg(*ap, long long);
	case SIZE:
		return (long long)va_arg(*ap, size_t);
	}
	return 0;
}

static enum length read_length(const char **f)
{
	if (**f == 'z') {
		++*f;
		return SIZE;
	}
	if (**f != 'l')
		return PLAIN;
	++*f;
	if (**f != 'l')
		return LONG;
	++*f;
	return LONG_LONG;
}

static void convert(struct sink *s, char kind, enum length length, struct pad pad, va_list *ap)
{
	if (kind == 's') {
		const char *text = va_arg(*ap, const char *);

		for (text = text ? text : "(none)"; *text; text++)
			put(s, *text);
	} else if (kind == 'c') {
		put(s, (char)va_arg(*ap, int));
	} else if (kind == 'd') {
		long long v = take_signed(ap, length);

		if (v < 0)
			put(s, '-');
		put_number(s, v < 0 ? 0 - (unsigned long long)v : (unsigned long long)v, 10, pad);
	} else if (kind == 'u' || kind == 'x') {
		put_number(s, take_unsigned(ap, length), kind == 'x' ? 16 : 10, pad);
	} else {
		put(s, kind);
	}
}

size_t fmt_vtext(char *out, size_t size, const char *format, va_list ap)
{
	struct sink s = { out, size, 0 };
	va_list args;

	va_copy(args, ap);
	for (const char *f = format; *f; f++) {
		struct pad pad = { 0, ' ' };

		if (*f != '%') {
			put(&s, *f);
			continue;
		}
		if (*++f == '0')
			pad.with = '0';
		for (; *f >= '0' && *f <= '9'; f++)
			pad.width = pad.width * 10 + (unsigned)(*f - '0');
		enum length length = read_length(&f);
		if (!*f)
			break;
		convert(&s, *f, length, pad, &args);
	}
	va_end(args);
	if (size)
		out[s.len] = 0;
	return s.len;
}

size_t fmt_text(char *out, size_t size, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	size_t n = fmt_vtext(out, size, format, ap);
	va_end(ap);
	return n;
}
