#ifndef COMMAND_API_API_H
#define COMMAND_API_API_H

/* The integrators' commands, one file each: contract section 4. */
struct command;

extern const struct command cmd_create_customer;
extern const struct command cmd_end_session;
extern const struct command cmd_get_customer;
extern const struct command cmd_get_session_token;
extern const struct command cmd_list_changes;
extern const struct command cmd_list_customers;
extern const struct command cmd_modify_customer;
extern const struct command cmd_search_customers;

#endif
