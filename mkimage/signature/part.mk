slipway-src += \
	mkimage/signature/signature_find.c \
	mkimage/signature/signature_key.c
