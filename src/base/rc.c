#include "base/rc.h"

#include <errno.h>

const char *rc_name(enum rc rc)
{
	switch (rc) {
	case RC_OK:
		return "RC_OK";
	case RC_NOTFOUND:
		return "RC_NOTFOUND";
	case RC_EXISTS:
		return "RC_EXISTS";
	case RC_BUSY:
		return "RC_BUSY";
	case RC_INVALID:
		return "RC_INVALID";
	case RC_CHANGED:
		return "RC_CHANGED";
	case RC_NOMEM:
		return "RC_NOMEM";
	case RC_IO:
		return "RC_IO";
	case RC_FULL:
		return "RC_FULL";
	case RC_CORRUPT:
		return "RC_CORRUPT";
	case RC_NEWER:
		return "RC_NEWER";
	case RC_FOREIGN:
		return "RC_FOREIGN";
	case RC_DENIED:
		return "RC_DENIED";
	case RC_LOST:
		return "RC_LOST";
	}
	return "RC_?";
}

enum rc rc_errno(int error)
{
	switch (error) {
	case 0:
		return RC_OK;
	case ENOENT:
	case ENOTDIR:
		return RC_NOTFOUND;
	case EEXIST:
	case EADDRINUSE:
		return RC_EXISTS;
	case ENOMEM:
		return RC_NOMEM;
	case ENOSPC:
	case EDQUOT:
		return RC_FULL;
	case EACCES:
	case EPERM:
	case EROFS:
		return RC_DENIED;
	default:
		return RC_IO;
	}
}
