#include "golden/arb_answers.h"

#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "golden/arb_problem.h"

namespace xent::arb {
namespace {

using nlohmann::json;

constexpr slong kBits = 122;
constexpr slong kMostBits = slong{1} << 18;
// Beyond every format, at both ends: what rounds as anything beyond does.
constexpr slong kBeyond = 5000;

// A ball that is known to kBits of itself, or exactly.
Ball enclosed(const Value& value) {
  for (slong precision = 2 * kBits; precision <= kMostBits; precision *= 2) {
    Ball ball = value.enclose(precision);
    if (arb_is_exact(ball.get()) != 0 || arb_rel_accuracy_bits(ball.get()) >= kBits) return ball;
  }
  if (value.compare({}, kMostBits) == 0) return {};
  throw std::runtime_error("not told apart from 0");
}

// The midpoint, in kBits: "0x1c5p-31".
std::string midpoint(const Ball& ball) {
  arf_t rounded;
  fmpz_t mantissa;
  fmpz_t exponent;
  arf_init(rounded);
  fmpz_init(mantissa);
  fmpz_init(exponent);
  arf_set_round(rounded, arb_midref(ball.get()), kBits, ARF_RND_NEAR);
  arf_get_fmpz_2exp(mantissa, exponent, rounded);
  const bool is_negative = fmpz_sgn(mantissa) < 0;
  fmpz_abs(mantissa, mantissa);
  std::string digits(fmpz_sizeinbase(mantissa, 16) + 2, '\0');
  fmpz_get_str(digits.data(), 16, mantissa);
  digits.resize(digits.find('\0'));
  std::string power = std::to_string(fmpz_fits_si(exponent) != 0 ? fmpz_get_si(exponent) : 0);
  if (fmpz_cmp_si(exponent, kBeyond) > 0) power = std::to_string(kBeyond);
  if (fmpz_cmp_si(exponent, -kBeyond) < 0) power = std::to_string(-kBeyond);
  fmpz_clear(exponent);
  fmpz_clear(mantissa);
  arf_clear(rounded);
  return (is_negative ? "-0x" : "0x") + digits + "p" + power;
}

std::string text_of(const Value& value) {
  switch (value.special) {
    case Element::kNaN:
      return "nan";
    case Element::kPlusInfinity:
      return "inf";
    case Element::kMinusInfinity:
      return "-inf";
    default:
      return midpoint(enclosed(value));
  }
}

json texts_of(const json& problem) {
  json texts = json::array();
  for (const Value& value : values_of(problem)) texts.push_back(text_of(value));
  return texts;
}

// Under the convention that such a call fails.
bool has_forbidden_target(const json& problem) {
  const json conventions = problem.value("conventions", json::object());
  const std::string policy = conventions.value("target_out_of_range", "status");
  if (policy != "status" && policy != "default") return false;
  for (const json& target : problem.value("targets", json::array())) {
    const bool is_ignored = problem.contains("ignore_index") && target == problem.at("ignore_index");
    if (!is_ignored && (target < 0 || target >= problem.at("classes"))) return true;
  }
  return false;
}

json answered(json problem) {
  if (has_forbidden_target(problem)) return {{"status", "target_out_of_range"}};
  json said;
  if (problem.value("wanted", "loss") == "gradient") {
    said["grad"] = texts_of(problem);
    problem.erase("wanted");
  }
  said["loss"] = texts_of(problem);
  return said;
}

json claim(const char* loss, const json& spaces, const json& targets, const json& reductions,
           bool has_gradient) {
  const json floats = {"binary16", "bfloat16", "binary32", "binary64"};
  json made = {{"loss", loss},
               {"input_spaces", spaces},
               {"input_formats", floats},
               {"loss_formats", floats},
               {"reductions", reductions},
               {"options",
                {"ignore_index", "class_weights", "sample_weights", "label_smoothing", "temperature", "scale",
                 "softcap", "z_loss", "base", "upstream", "soft_targets", "hard_targets"}},
               {"guarantees",
                {"same_bits_for_any_threads", "same_bits_for_any_class_order", "same_bits_for_any_batch"}},
               {"grade", "faithful"}};
  if (!targets.empty()) made["target_formats"] = targets;
  if (has_gradient) made["grad_formats"] = floats;
  return made;
}

}  // namespace

std::string declaration() {
  const json logits = {"logits"};
  const json probabilities = {"probabilities"};
  const json both = {"logits", "probabilities", "log_probabilities"};
  const json indices = {"int32", "int64"};
  const json floats = {"binary32", "binary64"};
  const json labels = {"int32", "int64", "binary32", "binary64"};
  const json all = {"none", "sum", "mean"};
  const json none = {"none"};
  const json mean = {"mean"};
  return json{
      {"declare", "arb"},
      {"version", "1"},
      {"claims",
       {claim("softmax_cross_entropy", logits, labels, all, true),
        claim("log_sum_exp", logits, {}, all, true), claim("softmax", logits, {}, none, false),
        claim("log_softmax", logits, {}, none, false), claim("entropy", probabilities, {}, all, true),
        claim("cross_entropy", probabilities, floats, all, true),
        claim("kl", probabilities, floats, all, true), claim("nll", probabilities, indices, all, true),
        claim("sequence", both, indices, mean, true), claim("perplexity", both, indices, mean, true)}}}
      .dump();
}

std::string answer(std::string_view line) {
  json said;
  json id = "";
  try {
    const json problem = json::parse(line);
    id = problem.at("id");
    said = answered(problem);
  } catch (const std::exception&) {
    said = {{"status", "unsupported"}};
  }
  said["id"] = id;
  return said.dump();
}

}  // namespace xent::arb
