char *f(const char *s);
char *f(const char *s)
{
	return (char *)s;
}
