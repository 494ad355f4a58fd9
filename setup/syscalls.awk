# Writes libseccomp's lookups of system calls (src/syscalls.h) from its own list (src/syscalls.csv,
# sorted by name on stdin) for the machine's own architectures, -v columns="x86_64 x86 ...": a tenth of
# the size of the perfect hash that upstream generates for all architectures.
BEGIN {
	FS = ","
	used = 0
	type = "short"
	n = split(columns, wanted, " ")
	for (i = 1; i <= n; i++)
		is_wanted[wanted[i]] = 1
}
/^#/ {
	for (i = 2; i <= NF; i++)
		if ($i in is_wanted)
			field[$i] = i
	next
}
{
	names = names "\t\"" $1 "\\0\"\n"
	row = "\t{ " used
	for (i = 1; i <= n; i++) {
		v = $(field[wanted[i]])
		if (v + 0 > 32767)
			type = "int" # Arm has calls of its own up there
		row = row ", " (v == "PNR" ? "__PNR_" $1 : v)
	}
	rows = rows row " },\n"
	used += length($1) + 1
}
END {
	print "#include <seccomp.h>\n#include <string.h>\n#include \"syscalls.h\"\n"
	print "static const char names[] =\n" names ";\n"
	print "struct row { unsigned short name; " type " number[" n "]; };"
	print "static const struct row rows[] = {\n" rows "};\n"
	print "enum { N = sizeof(rows) / sizeof(rows[0]) };\n"
	print "static int number(const struct row *r, int offset)\n{"
	for (i = 1; i <= n; i++)
		print "\tif (offset == SYSTBL_OFFSET(" wanted[i] "))\n\t\treturn r->number[" i - 1 "];"
	print "\treturn __NR_SCMP_ERROR;\n}\n"
	print "int syscall_resolve_name(const char *name, int offset)\n{"
	print "\tint low = 0, high = N - 1;\n"
	print "\twhile (low <= high) {"
	print "\t\tint mid = (low + high) / 2, c = strcmp(name, names + rows[mid].name);"
	print "\t\tif (c == 0)\n\t\t\treturn number(&rows[mid], offset);"
	print "\t\tif (c < 0)\n\t\t\thigh = mid - 1;\n\t\telse\n\t\t\tlow = mid + 1;"
	print "\t}\n\treturn __NR_SCMP_ERROR;\n}\n"
	print "const char *syscall_resolve_num(int num, int offset)\n{"
	print "\tfor (int i = 0; i < N; i++)\n\t\tif (number(&rows[i], offset) == num)"
	print "\t\t\treturn names + rows[i].name;\n\treturn NULL;\n}\n"
	print "enum scmp_kver syscall_resolve_name_kver(const char *name, int offset)"
	print "{\n\t(void)name, (void)offset;\n\treturn __SCMP_KV_NULL;\n}\n"
	print "enum scmp_kver syscall_resolve_num_kver(int num, int a, int b)"
	print "{\n\t(void)num, (void)a, (void)b;\n\treturn __SCMP_KV_NULL;\n}\n"
	print "const struct arch_syscall_def *syscall_iterate(unsigned int spot, int offset)"
	print "{\n\t(void)spot, (void)offset;\n\treturn NULL;\n}"
}
