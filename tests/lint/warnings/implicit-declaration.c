int f(void);
int f(void)
{
	return nobody_declared_this();
}
