char *f(void);
char *f(void)
{
	return 7;
}
