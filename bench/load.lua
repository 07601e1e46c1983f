-- wrk's side of `make bench`: uniform random customers, every answer checked.
--
-- Arguments after `--`: MODE BODY-FILE IDS
--   customer  BODY-FILE has @ID@ where the customer's id goes
--   fixed     the same requests to a server that always answers as BODY-FILE.answer says
--   session   GetSessionToken
--
-- One of wrk's threads has many connections and does not say which one an answer came on. So an
-- answer is held against all that is outstanding: its status is 101, it is about a customer who was
-- asked for and not answered yet (at most as many as there are connections, of all the ids), and
-- its reference is that customer's own. What this cannot see is two outstanding answers swapped
-- between two connections; pace.c, which knows its connections, sees that.

local GOOD = '{"status":{"code":101,"details":"OK"},"customer":{"customer_id":'
local GOOD_SESSION = '{"status":{"code":101,"details":"OK"},"session":{"session_token":"9001|'

local threads = {}

function setup(thread)
	thread:set("seed", os.time() + #threads)
	table.insert(threads, thread)
end

local mode, ids, before, after, format
local outstanding = {}

-- Read by done(), so not local.
n_answers = 0
n_bad = 0
first_bad = ""

local function read_file(path)
	local file = assert(io.open(path, "r"))
	local text = file:read("*a")
	file:close()
	return text
end

-- The id is padded with blanks, which JSON allows, so that every request is of one length.
local function prepare(path, body)
	local width = #tostring(ids)
	local bytes = #body:gsub("@ID@", string.rep("0", width))
	local head = "POST " .. path .. " HTTP/1.1\r\nHost: localhost\r\n" ..
		"Content-Type: application/json\r\nContent-Length: " .. bytes .. "\r\n\r\n"
	local mark = body:find("@ID@", 1, true)
	if not mark then
		before = head .. body
		return
	end
	before = head .. body:sub(1, mark - 1)
	after = body:sub(mark + 4)
	format = "%-" .. width .. "d"
end

function init(args)
	mode = args[1]
	ids = tonumber(args[3])
	math.randomseed(seed)
	prepare(wrk.path, read_file(args[2]))
	if mode == "fixed" then
		expected = read_file(args[2] .. ".answer")
	end
end

function request()
	if mode == "session" then
		return before
	end
	local id = math.random(ids)
	if mode == "customer" then
		outstanding[id] = (outstanding[id] or 0) + 1
	end
	return before .. format:format(id) .. after
end

local function good_customer(body)
	if body:sub(1, #GOOD) ~= GOOD then
		return false
	end
	local id = tonumber(body:match("^%d+", #GOOD + 1))
	local n = outstanding[id]
	if not n then
		return false
	end
	outstanding[id] = n > 1 and n - 1 or nil
	local reference = '"external_customer_ref":"EXTREF' .. id + 163328 .. '"'
	return body:find(reference, #GOOD, true) ~= nil
end

function response(status, headers, body)
	local good
	if mode == "customer" then
		good = good_customer(body)
	elseif mode == "session" then
		good = body:sub(1, #GOOD_SESSION) == GOOD_SESSION
	else
		good = body == expected
	end
	n_answers = n_answers + 1
	if status ~= 200 or not good then
		if n_bad == 0 then
			first_bad = body
		end
		n_bad = n_bad + 1
	end
end

function done(summary, latency, requests)
	local answers, bad, example = 0, 0, ""
	for _, thread in ipairs(threads) do
		answers = answers + thread:get("n_answers")
		bad = bad + thread:get("n_bad")
		example = thread:get("first_bad")
	end
	local errors = summary.errors
	if bad > 0 then
		io.stderr:write("first bad answer: ", example, "\n")
	end
	print(string.format('{"answers":%d,"bad":%d,"errors":%d,"seconds":%.3f}', answers, bad,
		errors.connect + errors.read + errors.write + errors.status + errors.timeout,
		summary.duration / 1e6))
end
