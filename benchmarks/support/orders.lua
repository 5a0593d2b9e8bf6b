-- wrk, a thread for each client: order a key, then ask for the order until it is no longer PENDING.
local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

function init(args)
   active, ended = 0, 0
   path = nil
   ask = { ["X-Project-Id"] = "benchmark", ["Accept"] = "application/json" }
   order = { ["X-Project-Id"] = "benchmark", ["Content-Type"] = "application/json" }
   body = '{"type": "key", "meta": {"name": "benchmark", "algorithm": "aes", "bit_length": 256, "mode": "cbc",'
      .. ' "payload_content_type": "application/octet-stream"}}'
end

function request()
   if path then
      return wrk.format("GET", path, ask)
   end
   return wrk.format("POST", "/v1/orders", order, body)
end

function response(status, headers, answer)
   if not path then
      local id = answer:match("/orders/([%w-]+)")
      path = id and "/v1/orders/" .. id
   elseif not answer:find('"PENDING"', 1, true) then
      ended = ended + 1
      if answer:find('"ACTIVE"', 1, true) then
         active = active + 1
      end
      path = nil
   end
end

function done(summary, latency, requests)
   local active, ended = 0, 0
   for _, thread in ipairs(threads) do
      active = active + thread:get("active")
      ended = ended + thread:get("ended")
   end
   print(string.format("orders: %d active, %d failed, %.3f s", active, ended - active, summary.duration / 1e6))
end
