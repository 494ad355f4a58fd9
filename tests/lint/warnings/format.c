int f(long n);
int f(long n)
{
	return printf("%d\n", n);
}
