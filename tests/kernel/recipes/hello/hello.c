/* A module from outside of the kernel's source: says that it is there, and that it goes. */
#include <linux/module.h>

static int __init hello_begin(void)
{
	pr_info("hello: out of tree\n");
	return 0;
}
module_init(hello_begin);

MODULE_DESCRIPTION("the module of a test");
MODULE_LICENSE("GPL");
