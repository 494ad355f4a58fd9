char *f(char *to, const char *from);
char *f(char *to, const char *from)
{
	return strcpy(to, from);
}
