#include "server/demo_words.h"

#include "base/compiler.h"

/* For towns without numbers of their own for drama. */
#define ANYWHERE "01632 960"

const struct demo_town demo_towns[] = {
	{"Leeds", "West Yorkshire", "LS", 1, 29, "0113 496 0"},
	{"Sheffield", "South Yorkshire", "S", 1, 14, "0114 496 0"},
	{"Nottingham", "Nottinghamshire", "NG", 1, 16, "0115 496 0"},
	{"Leicester", "Leicestershire", "LE", 1, 9, "0116 496 0"},
	{"Bristol", "Bristol", "BS", 1, 16, "0117 496 0"},
	{"Birmingham", "West Midlands", "B", 1, 38, "0121 496 0"},
	{"Edinburgh", "Midlothian", "EH", 1, 17, "0131 496 0"},
	{"Glasgow", "Lanarkshire", "G", 11, 15, "0141 496 0"},
	{"Liverpool", "Merseyside", "L", 1, 25, "0151 496 0"},
	{"Manchester", "Greater Manchester", "M", 8, 9, "0161 496 0"},
	{"London", "Greater London", "SE", 1, 28, "020 7946 0"},
	{"London", "Greater London", "N", 1, 22, "020 7946 0"},
	{"London", "Greater London", "E", 1, 18, "020 7946 0"},
	{"London", "Greater London", "W", 2, 14, "020 7946 0"},
	{"Newcastle upon Tyne", "Tyne and Wear", "NE", 1, 7, "0191 498 0"},
	{"Sunderland", "Tyne and Wear", "SR", 1, 6, "0191 498 0"},
	{"Durham", "County Durham", "DH", 1, 1, "0191 498 0"},
	{"Belfast", "County Antrim", "BT", 1, 17, "028 9649 6"},
	{"Lisburn", "County Antrim", "BT", 27, 28, "028 9649 6"},
	{"Londonderry", "County Londonderry", "BT", 47, 48, "028 9649 6"},
	{"Cardiff", "South Glamorgan", "CF", 10, 11, "029 2018 0"},
	{"York", "North Yorkshire", "YO", 30, 32, ANYWHERE},
	{"Harrogate", "North Yorkshire", "HG", 1, 3, ANYWHERE},
	{"Bradford", "West Yorkshire", "BD", 1, 15, ANYWHERE},
	{"Hull", "East Riding of Yorkshire", "HU", 1, 9, ANYWHERE},
	{"Doncaster", "South Yorkshire", "DN", 1, 4, ANYWHERE},
	{"Lincoln", "Lincolnshire", "LN", 1, 6, ANYWHERE},
	{"Norwich", "Norfolk", "NR", 1, 7, ANYWHERE},
	{"Ipswich", "Suffolk", "IP", 1, 5, ANYWHERE},
	{"Cambridge", "Cambridgeshire", "CB", 1, 4, ANYWHERE},
	{"Peterborough", "Cambridgeshire", "PE", 1, 4, ANYWHERE},
	{"Northampton", "Northamptonshire", "NN", 1, 5, ANYWHERE},
	{"Oxford", "Oxfordshire", "OX", 1, 4, ANYWHERE},
	{"Reading", "Berkshire", "RG", 1, 6, ANYWHERE},
	{"Southampton", "Hampshire", "SO", 14, 19, ANYWHERE},
	{"Portsmouth", "Hampshire", "PO", 1, 6, ANYWHERE},
	{"Bournemouth", "Dorset", "BH", 1, 11, ANYWHERE},
	{"Exeter", "Devon", "EX", 1, 4, ANYWHERE},
	{"Plymouth", "Devon", "PL", 1, 7, ANYWHERE},
	{"Truro", "Cornwall", "TR", 1, 4, ANYWHERE},
	{"Bath", "Somerset", "BA", 1, 2, ANYWHERE},
	{"Taunton", "Somerset", "TA", 1, 3, ANYWHERE},
	{"Gloucester", "Gloucestershire", "GL", 1, 4, ANYWHERE},
	{"Cheltenham", "Gloucestershire", "GL", 50, 53, ANYWHERE},
	{"Worcester", "Worcestershire", "WR", 1, 5, ANYWHERE},
	{"Hereford", "Herefordshire", "HR", 1, 4, ANYWHERE},
	{"Shrewsbury", "Shropshire", "SY", 1, 5, ANYWHERE},
	{"Stoke-on-Trent", "Staffordshire", "ST", 1, 6, ANYWHERE},
	{"Derby", "Derbyshire", "DE", 21, 24, ANYWHERE},
	{"Chester", "Cheshire", "CH", 1, 4, ANYWHERE},
	{"Warrington", "Cheshire", "WA", 1, 5, ANYWHERE},
	{"Preston", "Lancashire", "PR", 1, 5, ANYWHERE},
	{"Blackpool", "Lancashire", "FY", 1, 4, ANYWHERE},
	{"Carlisle", "Cumbria", "CA", 1, 3, ANYWHERE},
	{"Kendal", "Cumbria", "LA", 9, 9, ANYWHERE},
	{"Canterbury", "Kent", "CT", 1, 4, ANYWHERE},
	{"Maidstone", "Kent", "ME", 14, 17, ANYWHERE},
	{"Brighton", "East Sussex", "BN", 1, 2, ANYWHERE},
	{"Hastings", "East Sussex", "TN", 34, 35, ANYWHERE},
	{"Guildford", "Surrey", "GU", 1, 4, ANYWHERE},
	{"Watford", "Hertfordshire", "WD", 17, 19, ANYWHERE},
	{"Luton", "Bedfordshire", "LU", 1, 4, ANYWHERE},
	{"Milton Keynes", "Buckinghamshire", "MK", 1, 15, ANYWHERE},
	{"Chelmsford", "Essex", "CM", 1, 3, ANYWHERE},
	{"Colchester", "Essex", "CO", 1, 4, ANYWHERE},
	{"Swindon", "Wiltshire", "SN", 1, 3, ANYWHERE},
	{"Salisbury", "Wiltshire", "SP", 1, 2, ANYWHERE},
	{"Coventry", "West Midlands", "CV", 1, 6, ANYWHERE},
	{"Wolverhampton", "West Midlands", "WV", 1, 4, ANYWHERE},
	{"Swansea", "West Glamorgan", "SA", 1, 6, ANYWHERE},
	{"Newport", "Gwent", "NP", 19, 20, ANYWHERE},
	{"Bangor", "Gwynedd", "LL", 57, 57, ANYWHERE},
	{"Wrexham", "Clwyd", "LL", 11, 14, ANYWHERE},
	{"Aberystwyth", "Dyfed", "SY", 23, 23, ANYWHERE},
	{"Aberdeen", "Aberdeenshire", "AB", 10, 12, ANYWHERE},
	{"Dundee", "Angus", "DD", 1, 5, ANYWHERE},
	{"Perth", "Perthshire", "PH", 1, 2, ANYWHERE},
	{"Inverness", "Inverness-shire", "IV", 1, 3, ANYWHERE},
	{"Stirling", "Stirlingshire", "FK", 7, 9, ANYWHERE},
	{"Ayr", "Ayrshire", "KA", 7, 8, ANYWHERE},
};
const size_t demo_n_towns = ARRAY_LEN(demo_towns);

const char *const demo_men[] = {
	"Oliver", "George",    "Harry",    "Jack",   "Noah",   "Arthur",  "Leo",    "Oscar",
	"Thomas", "Henry",     "William",  "James",  "Joshua", "Daniel",  "Samuel", "Joseph",
	"Edward", "Alexander", "Benjamin", "Adam",   "David",  "Michael", "Peter",  "John",
	"Robert", "Richard",   "Kenneth",  "Ronald", "Derek",  "Brian",   "Alan",   "Keith",
	"Trevor", "Graham",    "Stephen",  "Andrew", "Paul",   "Mark",    "Simon",  "Kevin",
	"Gareth", "Rhys",      "Owain",    "Dylan",  "Callum", "Euan",    "Fraser", "Angus",
	"Seán",   "Declan",    "Mohammed", "Ahmed",  "Imran",  "Arjun",   "Rajesh", "Sanjay",
	"Kwame",  "Tomasz",    "Piotr",    "Wei",
};
const size_t demo_n_men = ARRAY_LEN(demo_men);

const char *const demo_women[] = {
	"Olivia",    "Amelia",    "Isla",   "Ava",       "Mia",    "Ivy",     "Lily",     "Grace",
	"Freya",     "Florence",  "Emily",  "Charlotte", "Sophie", "Alice",   "Ruby",     "Ella",
	"Margaret",  "Dorothy",   "Jean",   "Joan",      "Sheila", "Maureen", "Patricia", "Barbara",
	"Christine", "Susan",     "Linda",  "Janet",     "Carol",  "Gillian", "Hilary",   "Judith",
	"Elizabeth", "Helen",     "Alison", "Fiona",     "Karen",  "Tracey",  "Nicola",   "Sarah",
	"Rebecca",   "Claire",    "Siân",   "Carys",     "Megan",  "Eilidh",  "Catriona", "Aoife",
	"Niamh",     "Zoë",       "Chloë",  "Fatima",    "Aisha",  "Priya",   "Sunita",   "Meera",
	"Abena",     "Agnieszka", "Ewa",    "Ling",
};
const size_t demo_n_women = ARRAY_LEN(demo_women);

const char *const demo_last_names[] = {
	"Smith",      "Jones",      "Taylor",    "Brown",     "Williams",  "Wilson",
	"Johnson",    "Davies",     "Robinson",  "Wright",    "Thompson",  "Evans",
	"Walker",     "White",      "Roberts",   "Green",     "Hall",      "Wood",
	"Jackson",    "Clarke",     "Clark",     "Harris",    "Lewis",     "Hughes",
	"Edwards",    "Thomas",     "Turner",    "Martin",    "Cooper",    "Hill",
	"Ward",       "Morris",     "Moore",     "King",      "Watson",    "Baker",
	"Harrison",   "Morgan",     "Patel",     "Young",     "Allen",     "Mitchell",
	"Anderson",   "Phillips",   "Lee",       "Bell",      "Parker",    "Davis",
	"Bennett",    "Miller",     "Cook",      "Shaw",      "Cox",       "Richardson",
	"Marshall",   "Collins",    "Carter",    "Bailey",    "Gray",      "Griffiths",
	"Kelly",      "Simpson",    "Adams",     "Wilkinson", "Foster",    "Ellis",
	"Murphy",     "Chapman",    "Mason",     "Gibson",    "Hunt",      "Mills",
	"Palmer",     "Holmes",     "Knight",    "Lloyd",     "Butler",    "Fletcher",
	"Barker",     "Pearson",    "Stevens",   "Jenkins",   "Powell",    "Price",
	"Rees",       "Pugh",       "Campbell",  "Stewart",   "MacDonald", "Murray",
	"Fraser",     "Sinclair",   "Ferguson",  "O'Brien",   "O'Connor",  "O'Neill",
	"Byrne",      "Gallagher",  "Doherty",   "Khan",      "Ahmed",     "Ali",
	"Hussain",    "Begum",      "Singh",     "Kaur",      "Shah",      "Sharma",
	"Gupta",      "Chowdhury",  "Okafor",    "Mensah",    "Adeyemi",   "Kowalski",
	"Nowak",      "Chen",       "Wong",      "Ashworth",  "Entwistle", "Featherstone",
	"Hargreaves", "Ramsbottom", "Sutcliffe", "Tregenza",  "Penrose",
};
const size_t demo_n_last_names = ARRAY_LEN(demo_last_names);

const char *const demo_streets[] = {
	"Station",   "Church",   "Park",     "Victoria",    "Albert",   "Mill",     "Queens",
	"Kings",     "Manor",    "Grange",   "Springfield", "Windsor",  "York",     "Alexandra",
	"Highfield", "Woodland", "Chestnut", "Beech",       "Oak",      "Elm",      "Willow",
	"Hawthorn",  "Rowan",    "Poplar",   "Cedar",       "Meadow",   "Orchard",  "Chapel",
	"School",    "Bridge",   "Castle",   "Abbey",       "Priory",   "Vicarage", "Wellington",
	"Nelson",    "Clarence", "Richmond", "Stanley",     "Balmoral", "Heather",  "Lime",
	"Maple",     "Laurel",   "Primrose", "Cromwell",    "Milton",   "Tennyson", "Byron",
	"Shelley",
};
const size_t demo_n_streets = ARRAY_LEN(demo_streets);

const char *const demo_ways[] = {
	"Road",  "Street",  "Lane",     "Avenue",  "Close",
	"Drive", "Gardens", "Crescent", "Terrace", "Way",
};
const size_t demo_n_ways = ARRAY_LEN(demo_ways);

const char *const demo_houses[] = {
	"Rose Cottage",  "The Old Bakery",  "Ivy House", "Brook House",
	"Hill View",     "The Coach House", "Lane End",  "The Willows",
	"Sunnyside",     "Orchard House",   "The Lodge", "Fairview",
	"Holly Cottage", "Mill House",      "The Haven", "Corner House",
};
const size_t demo_n_houses = ARRAY_LEN(demo_houses);
