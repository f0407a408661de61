// Strict reading of one JSON object: every key is known, present once, and of the right type.
#ifndef XENT_GOLDEN_STRICT_OBJECT_H
#define XENT_GOLDEN_STRICT_OBJECT_H

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "golden/names.h"
#include "reference/expected.h"
#include "reference/number.h"

namespace xent::golden {

using Json = nlohmann::ordered_json;

// The nesting of a case.
inline constexpr int kCaseDepth = 4;

// The JSON value of a text. Status: an error says what is wrong, duplicate keys and nesting of more than
// `deepest` levels included.
reference::Expected<Json> parse_json(std::string_view text, int deepest = kCaseDepth);

// Reads the members of an object into variables, which keep their values where the key is absent. The first
// thing that is wrong is kept in `error`, with the path of its key; from then on every call does nothing.
class StrictObject {
 public:
  // `path` is empty or ends in a dot: "input.".
  StrictObject(const Json& value, std::string path, std::optional<reference::Error>& error);

  const Json* find(const char* key);
  bool has(const char* key) { return find(key) != nullptr; }
  // Refuses an absent key.
  void require(const char* key);
  void read(const char* key, std::string& out);
  void read(const char* key, bool& out);
  void read(const char* key, std::int64_t& out, std::int64_t least = INT64_MIN,
            std::int64_t most = INT64_MAX);
  void read(const char* key, std::int32_t& out, std::int32_t least = INT32_MIN,
            std::int32_t most = INT32_MAX);
  void read(const char* key, std::vector<std::string>& out);
  void read(const char* key, std::vector<std::int64_t>& out);
  void read(const char* key, std::vector<reference::Number>& out);
  // Domain: finite numbers; options have no use for others.
  void read_finite(const char* key, reference::Number& out);
  void read_finite(const char* key, double& out);
  void read_name(const char* key, std::span<const Named> table, std::int32_t& out);
  // A list of names: the set of their values.
  void read_names(const char* key, std::span<const Named> table, std::uint32_t& out);
  // Refuses the keys that nobody asked for.
  void finish();

  void refuse(const std::string& key, const std::string& found, const std::string& accepted);
  // The same with a message of its own.
  void fail(const std::string& key, const std::string& message);
  bool failed() const { return error_.has_value(); }

 private:
  void refuse_value(const std::string& key, const Json& found, const std::string& accepted);
  template <typename T, typename Reader>
  void read_array(const char* key, const char* accepted, std::vector<T>& out, Reader reader);

  const Json& value_;
  std::string path_;
  std::optional<reference::Error>& error_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace xent::golden

#endif  // XENT_GOLDEN_STRICT_OBJECT_H
