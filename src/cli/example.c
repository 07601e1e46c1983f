#include "cli/example.h"

#include "base/compiler.h"
#include "base/str.h"
#include "cli/curl.h"

#define GOOD "{\"status\":{\"code\":101,\"details\":\"OK\"}"

/* The worked example of contract section 4.2, and what stands behind in a list of changes. */
#define JOE(behind)                                                                                \
	"{\"customer_id\":1408,\"customer_ref\":\"C001408\","                                      \
	"\"external_customer_ref\":\"EXTREF164736\",\"created\":\"2017-12-12\","                   \
	"\"last_modified\":\"2017-12-14\",\"title\":\"Mr\",\"first_name\":\"Joe\","                \
	"\"last_name\":\"Bloggs\",\"gender\":\"Male\",\"dob\":\"1968-11-06\",\"address\":{"        \
	"\"line_1\":\"Test Address Line 1\",\"line_2\":\"Test Address Line 2\","                   \
	"\"line_3\":\"\",\"city\":\"Test City\",\"county\":\"Test County\","                       \
	"\"postal_code\":\"TT11 1TT\"},\"email_address\":\"joe@blogs.com\","                       \
	"\"tel_number_1\":\"\",\"tel_number_2\":\"\",\"active\":true" behind "}"

/* Somebody of whom only the number is left. */
#define ERASED                                                                                     \
	"{\"customer_id\":1377,\"customer_ref\":\"C001377\",\"external_customer_ref\":\"\","       \
	"\"created\":\"\",\"last_modified\":\"\",\"title\":\"\",\"first_name\":\"\","              \
	"\"last_name\":\"\",\"gender\":\"\",\"dob\":\"\",\"address\":{\"line_1\":\"\","            \
	"\"line_2\":\"\",\"line_3\":\"\",\"city\":\"\",\"county\":\"\",\"postal_code\":\"\"},"     \
	"\"email_address\":\"\",\"tel_number_1\":\"\",\"tel_number_2\":\"\",\"active\":false,"     \
	"\"erased\":true}"

/* The customer whom the examples make, as she is answered. */
#define ANN(first_name, last_modified)                                                             \
	"{\"customer_id\":1501,\"customer_ref\":\"C001501\","                                      \
	"\"external_customer_ref\":\"EXTREF164737\",\"created\":\"2017-12-14\","                   \
	"\"last_modified\":\"" last_modified "\",\"title\":\"Mrs\",\"first_name\":\"" first_name   \
	"\",\"last_name\":\"Bloggs\",\"gender\":\"Female\",\"dob\":\"1971-02-28\","                \
	"\"address\":{\"line_1\":\"Test Address Line 1\",\"line_2\":\"\",\"line_3\":\"\","         \
	"\"city\":\"Test City\",\"county\":\"\",\"postal_code\":\"TT11 1TT\"},"                    \
	"\"email_address\":\"\",\"tel_number_1\":\"01632 960001\",\"tel_number_2\":\"\","          \
	"\"active\":true}"

static const struct example examples[] = {
	{
		.command = "GetSessionToken",
		.request = "{\"company_id\":9001,\"key\":\"" CURL_SECRET "\"}",
		.secret = "$(cat till.key)",
		.call = "company_id=9001",
		.answer =
			GOOD ",\"session\":{"
			     "\"session_token\":\"9001|85d1c76d-5088-4cbe-a681-f3a86594dac9|0001\","
			     "\"expires_local_datetime\":\"2017-07-14 16:02:11\","
			     "\"expires_utc_datetime\":\"2017-07-14 15:02:11\"}}",
	},
	{
		.command = "GetCustomer",
		.request = "{\"company_id\":9001,\"session_token\":\"" CURL_SECRET
			   "\",\"customer_id\":1408,\"external_customer_ref\":\"\"}",
		.secret = "$TOKEN",
		.call = "company_id=9001 customer_id=1408",
		.answer = GOOD ",\"customer\":" JOE("") "}",
	},
	{
		.command = "CreateCustomer",
		.request = "{\"company_id\":9001,\"session_token\":\"" CURL_SECRET
			   "\",\"customer\":{\"external_customer_ref\":\"EXTREF164737\","
			   "\"title\":\"Mrs\",\"first_name\":\"Ann\",\"last_name\":\"Bloggs\","
			   "\"gender\":\"Female\",\"dob\":\"1971-02-28\",\"address\":{"
			   "\"line_1\":\"Test Address Line 1\",\"city\":\"Test City\","
			   "\"postal_code\":\"TT11 1TT\"},\"tel_number_1\":\"01632 960001\"}}",
		.secret = "$TOKEN",
		.call = "company_id=9001 customer.external_customer_ref=EXTREF164737 "
			"customer.title=Mrs customer.first_name=Ann customer.last_name=Bloggs "
			"customer.gender=Female customer.dob=1971-02-28 "
			"customer.address.line_1='Test Address Line 1' "
			"customer.address.city='Test City' customer.address.postal_code='TT11 1TT' "
			"customer.tel_number_1='01632 960001'",
		.answer = GOOD ",\"customer\":" ANN("Ann", "2017-12-14") "}",
	},
	{
		.command = "ModifyCustomer",
		.request = "{\"company_id\":9001,\"session_token\":\"" CURL_SECRET
			   "\",\"customer\":{\"customer_id\":1501,\"title\":\"Mrs\","
			   "\"first_name\":\"Anne\",\"last_name\":\"Bloggs\","
			   "\"gender\":\"Female\",\"dob\":\"1971-02-28\",\"address\":{"
			   "\"line_1\":\"Test Address Line 1\",\"city\":\"Test City\","
			   "\"postal_code\":\"TT11 1TT\"},\"tel_number_1\":\"01632 960001\"}}",
		.secret = "$TOKEN",
		.call = "company_id=9001 customer.customer_id=1501 customer.title=Mrs "
			"customer.first_name=Anne customer.last_name=Bloggs "
			"customer.gender=Female customer.dob=1971-02-28 "
			"customer.address.line_1='Test Address Line 1' "
			"customer.address.city='Test City' customer.address.postal_code='TT11 1TT' "
			"customer.tel_number_1='01632 960001'",
		.answer = GOOD ",\"customer\":" ANN("Anne", "2017-12-15") "}",
	},
	{
		.command = "SearchCustomers",
		.request = "{\"company_id\":9001,\"session_token\":\"" CURL_SECRET
			   "\",\"last_name\":\"blog\",\"dob\":\"1968-11-06\"}",
		.secret = "$TOKEN",
		.call = "company_id=9001 last_name=blog dob=1968-11-06",
		.answer = GOOD ",\"customers\":[" JOE("") "],\"next_cursor\":\"\"}",
	},
	{
		.command = "ListCustomers",
		.request =
			"{\"company_id\":9001,\"session_token\":\"" CURL_SECRET
			"\",\"cursor\":\"OLTmUuRNp_I3DZ4mDicTZVCko6bQf1wMMy-LEiQIP9IrkC-JEegYGPjJnV1dmDGV\",\"limit\":1}",
		.secret = "$TOKEN",
		.call = "company_id=9001 cursor=OLTmUuRNp_I3DZ4mDicTZVCko6bQf1wMMy-LEiQIP9IrkC-JEegYGPjJnV1dmDGV limit=1",
		.answer = GOOD ",\"customers\":[" JOE(
			"") "],\"next_cursor\":\"L6jt0JS6l66LFUQu4tthGpG_45RpczqSR9WPo8VQGDADclVf0jXxGCn7OIwi5Ey2\"}",
	},
	{
		.command = "ListChanges",
		.request =
			"{\"company_id\":9001,\"session_token\":\"" CURL_SECRET
			"\",\"cursor\":\"dQTZDpRd4uj1TueBzHX2NthQmQlaowAWWmcDb5tUDWuPC-IRJBecPdn3OBfObhGNJkqtbLbdIQ8\"}",
		.secret = "$TOKEN",
		.call = "company_id=9001 cursor=dQTZDpRd4uj1TueBzHX2NthQmQlaowAWWmcDb5tUDWuPC-IRJBecPdn3OBfObhGNJkqtbLbdIQ8",
		.answer = GOOD ",\"customers\":[" JOE(
			",\"erased\":false") "," ERASED
					     "],\"next_cursor\":\"N_ASEMNwepC0BUIPsWl3nt-1uTQkBRV_VLEurmLRHoh-sHZtGHf4xu_ya1AQrzF30WHnlYenZuw\",\"more\":false}",
	},
	{
		.command = "EndSession",
		.request = "{\"company_id\":9001,\"session_token\":\"" CURL_SECRET "\"}",
		.secret = "$TOKEN",
		.call = "company_id=9001",
		.answer = GOOD "}",
	},
};

const struct example *example_of(const char *command)
{
	for (size_t i = 0; i < ARRAY_LEN(examples); i++)
		if (strcmp(examples[i].command, command) == 0)
			return &examples[i];
	return NULL;
}
