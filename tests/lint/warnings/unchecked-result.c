#include "base/attr.h"
CHECK int g(void);
void f(void);
void f(void)
{
	g();
}
