#ifndef COMMAND_ADMIN_ADMIN_H
#define COMMAND_ADMIN_ADMIN_H

/* The operator's commands, one file each. No credentials: whoever may use the door may use all. */
struct command;

extern const struct command cmd_add_access_key;
extern const struct command cmd_add_branch;
extern const struct command cmd_add_company;
extern const struct command cmd_edit_access_key;
extern const struct command cmd_edit_branch;
extern const struct command cmd_edit_company;
extern const struct command cmd_erase_customer;
extern const struct command cmd_export_customers;
extern const struct command cmd_get_status;
extern const struct command cmd_import_customers;
extern const struct command cmd_list_access_keys;
extern const struct command cmd_list_audit;
extern const struct command cmd_list_branches;
extern const struct command cmd_list_companies;
extern const struct command cmd_revoke_access_key;
extern const struct command cmd_show_access_key;
extern const struct command cmd_show_company;
extern const struct command cmd_show_customer;
extern const struct command cmd_show_dossier;

#endif
