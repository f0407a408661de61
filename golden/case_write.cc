#include <cassert>
#include <utility>

#include "golden/case.h"
#include "golden/conventions.h"
#include "golden/exact_text.h"
#include "golden/json_members.h"
#include "golden/strict_object.h"

namespace xent::golden {

using reference::Number;
using reference::Problem;

namespace {

Json texts(const std::vector<Number>& numbers) {
  Json list = Json::array();
  for (const Number& number : numbers) list.push_back(exact_text(number));
  return list;
}

Json matrix(xent_space space, xent_format id, const std::vector<Number>& numbers) {
  Json object = {{"space", name_of(kSpaces, space)}};
  if (id != XENT_NO_FORMAT) object["format"] = name_of(kFormats, id);
  for (const reference::Format& format : reference::formats()) {
    if (format.id != id) continue;
    if (auto bits = bit_text(numbers, format)) {
      object["bits"] = std::move(*bits);
      return object;
    }
  }
  object["numbers"] = texts(numbers);
  return object;
}

void write_text(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

void write_targets(Json& object, const Problem& p) {
  if (!p.targets.empty()) object["targets"] = p.targets;
  if (!p.target_probs.empty() || p.target_space != XENT_PROBABILITIES) {
    object["target_probs"] = matrix(p.target_space, p.target_format, p.target_probs);
  } else {
    write_name(object, "target_format", kFormats, p.target_format);
  }
}

void write_options(Json& object, const Problem& p) {
  if (p.ignore_index) object["ignore_index"] = *p.ignore_index;
  if (!p.class_weights.empty()) object["class_weights"] = texts(p.class_weights);
  if (!p.sample_weights.empty()) object["sample_weights"] = texts(p.sample_weights);
  if (!p.upstream.empty()) object["upstream"] = texts(p.upstream);
  write_number(object, "label_smoothing", p.label_smoothing);
  write_number(object, "temperature", p.temperature);
  write_number(object, "scale", p.scale);
  write_number(object, "softcap", p.softcap);
  write_number(object, "z_loss", p.z_loss);
  write_number(object, "base", p.base);
  write_name(object, "reduction", kReductions, p.reduction);
  if (Json c = write_conventions(p.conventions); !c.empty()) object["conventions"] = std::move(c);
  if (p.threads != 1) object["threads"] = p.threads;
  write_name(object, "loss_format", kFormats, p.loss_format);
}

Json written(const Answer& answer) {
  Json object = {{"status", answer.status}};
  write_text(object, "value", answer.value);
  write_text(object, "lower", answer.lower);
  write_text(object, "upper", answer.upper);
  if (answer.precision_bits != 0) object["precision_bits"] = answer.precision_bits;
  for (const reference::Format& f : reference::formats()) write_text(object, f.name, answer.to(f.name));
  return object;
}

void write_problem(Json& object, const Problem& p) {
  object["loss"] = p.loss;
  object["rows"] = p.rows;
  object["classes"] = p.classes;
  write_name(object, "wanted", kWanted, static_cast<std::int32_t>(p.wanted));
  object["input"] = matrix(p.input_space, p.input_format, p.input);
  write_targets(object, p);
  write_options(object, p);
}

std::string line_of(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string write(const Case& c) {
  Json object = {{"id", c.id}};
  write_text(object, "source", c.source);
  write_text(object, "printed", c.printed);
  write_problem(object, c.problem);
  if (!c.parameters.empty()) object["parameters"] = c.parameters;
  for (const Answer& answer : c.answers) object["answer"].push_back(written(answer));
  return line_of(object);
}

std::string write(const std::string& id, const Problem& problem) {
  Json object = {{"id", id}};
  write_problem(object, problem);
  return line_of(object);
}

}  // namespace xent::golden
