int f(void);
int f(void)
{
	return system("true");
}
