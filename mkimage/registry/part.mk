slipway-src += \
	mkimage/registry/ask.c \
	mkimage/registry/authorize.c \
	mkimage/registry/blob_get.c \
	mkimage/registry/blob_put.c \
	mkimage/registry/challenge.c \
	mkimage/registry/credentials_find.c \
	mkimage/registry/credentials_parse.c \
	mkimage/registry/curl_api.c \
	mkimage/registry/endpoint.c \
	mkimage/registry/http_body.c \
	mkimage/registry/http_headers.c \
	mkimage/registry/http_send.c \
	mkimage/registry/jobs.c \
	mkimage/registry/link.c \
	mkimage/registry/manifest_get.c \
	mkimage/registry/pull.c \
	mkimage/registry/pull_plan.c \
	mkimage/registry/pull_referrers.c \
	mkimage/registry/push.c \
	mkimage/registry/push_plan.c \
	mkimage/registry/referrers.c \
	mkimage/registry/refusal.c \
	mkimage/registry/registry_open.c \
	mkimage/registry/settings.c \
	mkimage/registry/subject.c \
	mkimage/registry/url.c
