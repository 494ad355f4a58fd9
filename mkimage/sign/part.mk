slipway-src += \
	mkimage/sign/authenticode.c \
	mkimage/sign/cms.c \
	mkimage/sign/der.c \
	mkimage/sign/efi_variable.c \
	mkimage/sign/key_make.c \
	mkimage/sign/pe_signatures.c \
	mkimage/sign/signer_open.c \
	mkimage/sign/signer_token.c
unit-tests += tests/unit/sign_test.c
