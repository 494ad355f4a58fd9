int f(int v);
int f(int v)
{
	int r = 0;
	switch (v) {
	case 1:
		r = 1;
	case 2:
		r += 2;
	}
	return r;
}
