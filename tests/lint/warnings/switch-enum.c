enum e { A, B };
int f(enum e v);
int f(enum e v)
{
	switch (v) {
	case A:
		return 1;
	default:
		return 0;
	}
}
