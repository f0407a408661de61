#include "golden/case.h"

#include <fmt/format.h>

#include <algorithm>

#include "golden/conventions.h"
#include "golden/exact_text.h"
#include "golden/strict_object.h"

namespace xent::golden {

using reference::Error;
using reference::Expected;
using reference::Number;
using reference::Problem;

namespace {

using FirstError = std::optional<Error>;

// What is wrong with the number of elements under `key`, if anything.
void check_count(StrictObject& object, const char* key, std::size_t found, std::int64_t expected,
                 const char* what) {
  if (found == static_cast<std::size_t>(expected)) return;
  object.refuse(key, fmt::format("{} elements", found), fmt::format("{} elements ({})", expected, what));
}

void read_bits(StrictObject& object, xent_format format, std::vector<Number>& out) {
  const auto floats = reference::formats();
  const auto found =
      std::find_if(floats.begin(), floats.end(), [format](const auto& f) { return f.id == format; });
  if (found == floats.end())
    return object.refuse("format", format == XENT_NO_FORMAT ? "none" : name_of(kFormats, format),
                         "with bits: a floating-point format");
  std::string digits;
  object.read("bits", digits);
  if (object.failed()) return;
  auto numbers = parse_bits(digits, *found);
  if (!numbers) return object.fail("bits", numbers.error().message);
  out = std::move(*numbers);
}

void read_matrix(const Json* value, const char* key, std::int64_t elements, xent_space& space,
                 xent_format& format, std::vector<Number>& out, FirstError& error) {
  if (value == nullptr) return;
  StrictObject object(*value, fmt::format("{}.", key), error);
  object.require("space");
  object.read_name("space", kSpaces, space);
  object.read_name("format", kFormats, format);
  const bool has_bits = object.has("bits");
  if (has_bits == object.has("numbers")) {
    object.refuse(has_bits ? "bits" : "numbers", has_bits ? "given with numbers" : "nothing",
                  "either numbers or bits");
  } else if (has_bits) {
    read_bits(object, format, out);
  } else {
    object.read("numbers", out);
  }
  check_count(object, has_bits ? "bits" : "numbers", out.size(), elements, "rows x classes");
  object.finish();
}

void read_wanted(StrictObject& object, Problem& p) {
  std::int32_t wanted = 0;
  object.read_name("wanted", kWanted, wanted);
  p.wanted = static_cast<reference::Wanted>(wanted);
}

void read_shape(StrictObject& object, Problem& p) {
  for (const char* key : {"loss", "rows", "classes", "input"}) object.require(key);
  object.read("loss", p.loss);
  object.read("rows", p.rows, 0, reference::kMaxElements);
  object.read("classes", p.classes, 1, reference::kMaxElements);
  read_wanted(object, p);
  if (!object.failed() && p.rows > reference::kMaxElements / p.classes)
    object.refuse("rows", fmt::format("{} x {} classes", p.rows, p.classes),
                  fmt::format("at most {} elements", reference::kMaxElements));
}

void read_targets(StrictObject& object, Problem& p, FirstError& error) {
  object.read("targets", p.targets);
  if (object.has("targets")) check_count(object, "targets", p.targets.size(), p.rows, "rows");
  object.read_name("target_format", kFormats, p.target_format);
  read_matrix(object.find("target_probs"), "target_probs", p.rows * p.classes, p.target_space,
              p.target_format, p.target_probs, error);
}

void read_options(StrictObject& object, Problem& p) {
  object.read_name("reduction", kReductions, p.reduction);
  if (object.has("ignore_index")) object.read("ignore_index", p.ignore_index.emplace());
  object.read("class_weights", p.class_weights);
  if (object.has("class_weights"))
    check_count(object, "class_weights", p.class_weights.size(), p.classes, "classes");
  object.read("sample_weights", p.sample_weights);
  if (object.has("sample_weights"))
    check_count(object, "sample_weights", p.sample_weights.size(), p.rows, "rows");
  object.read("upstream", p.upstream);
  if (object.has("upstream")) {
    const std::int64_t expected = p.reduction == XENT_NONE ? p.rows : 1;
    check_count(object, "upstream", p.upstream.size(), expected, "one for each value of the loss");
  }
  object.read_finite("label_smoothing", p.label_smoothing);
  object.read_finite("temperature", p.temperature);
  object.read_finite("scale", p.scale);
  object.read_finite("softcap", p.softcap);
  object.read_finite("z_loss", p.z_loss);
  object.read_finite("base", p.base);
  object.read("threads", p.threads, 0);
  object.read_name("loss_format", kFormats, p.loss_format);
}

constexpr Named kStatuses[] = {{0, "exact"}, {1, "rounded"}, {2, "infinite"}, {3, "nan"}, {4, "undecided"}};

void read_answers(const Json* value, std::vector<Answer>& answers, FirstError& error) {
  if (value == nullptr || error) return;
  if (!value->is_array()) {
    error = reference::refused("answer", "no array", "an array of objects");
    return;
  }
  for (std::size_t i = 0; i < value->size() && !error; ++i) {
    StrictObject object((*value)[i], fmt::format("answer[{}].", i), error);
    Answer& answer = answers.emplace_back();
    std::int32_t status = 0;
    object.require("status");
    object.read_name("status", kStatuses, status);
    answer.status = name_of(kStatuses, status);
    object.read("value", answer.value);
    for (const auto& [key, text] : {std::pair("lower", &answer.lower), std::pair("upper", &answer.upper)}) {
      object.read(key, *text);
      if (!text->empty() && !text->ends_with("inf") && !parse_dyadic(*text))
        object.refuse(key, "'" + text->substr(0, 60) + "'", "a hexadecimal float, inf or -inf");
    }
    object.read("precision_bits", answer.precision_bits, 0);
    for (const reference::Format& f : reference::formats()) {
      if (object.has(f.name)) object.read(f.name, answer.rounded[f.name]);
    }
    object.finish();
  }
}

// Removes the next line from the front of the text.
std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Expected<Case> read(std::string_view line) {
  const auto json = parse_json(line);
  if (!json) return json.error();
  FirstError error;
  Case c;
  StrictObject object(*json, "", error);
  object.require("id");
  object.read("id", c.id);
  object.read("source", c.source);
  object.read("printed", c.printed);
  read_shape(object, c.problem);
  read_matrix(object.find("input"), "input", c.problem.rows * c.problem.classes, c.problem.input_space,
              c.problem.input_format, c.problem.input, error);
  read_targets(object, c.problem, error);
  read_options(object, c.problem);
  read_conventions(object.find("conventions"), c.problem.conventions, error);
  object.read("parameters", c.parameters);
  read_answers(object.find("answer"), c.answers, error);
  object.finish();
  if (error) return *error;
  return c;
}

Expected<std::vector<Case>> read_all(std::string_view text) {
  std::vector<Case> cases;
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = next_line(text);
    if (line.empty()) continue;
    auto c = read(line);
    if (!c) return Error{fmt::format("line {}: {}", number, c.error().message)};
    cases.push_back(std::move(*c));
  }
  return cases;
}

}  // namespace xent::golden
