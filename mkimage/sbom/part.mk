slipway-src += \
	mkimage/sbom/licence.c \
	mkimage/sbom/licence_names.c \
	mkimage/sbom/sbom.c \
	mkimage/sbom/sbom_read.c \
	mkimage/sbom/sbom_write.c
unit-tests += tests/unit/sbom_test.c
