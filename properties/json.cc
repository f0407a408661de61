#include "properties/json.h"

#include <cmath>

namespace xent::properties {
namespace {

// A case within a regime within a loss.
constexpr int kFileDepth = 12;

}  // namespace

Json json_number(double value) {
  if (std::isfinite(value)) return value;
  if (std::isnan(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

void read_number(StrictObject& object, const char* key, double& out) {
  const Json* value = object.find(key);
  if (value == nullptr) return;
  if (value->is_number()) {
    out = value->get<double>();
    return;
  }
  for (const double special : {HUGE_VAL, -HUGE_VAL, std::nan("")}) {
    if (*value != json_number(special)) continue;
    out = special;
    return;
  }
  object.refuse(key, value->dump(-1, ' ', true, Json::error_handler_t::replace),
                "a number, \"inf\", \"-inf\" or \"nan\"");
}

reference::Expected<Json> parse_file(const std::string& text) {
  return golden::parse_json(text, kFileDepth);
}

}  // namespace xent::properties
