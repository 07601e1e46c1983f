#ifndef CLI_EXAMPLE_H
#define CLI_EXAMPLE_H

/*
 * The worked example of each public command's page. A test holds them against the commands'
 * field tables.
 */
struct example {
	const char *command;
	const char *request; /* JSON; CURL_SECRET stands for what `secret` is in a shell */
	const char *secret;
	const char *call;   /* the same for `pdmd call` */
	const char *answer; /* JSON */
};

/* NULL: there is none for this command. */
const struct example *example_of(const char *command);

#endif
