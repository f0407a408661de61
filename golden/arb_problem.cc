#include "golden/arb_problem.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <utility>

#include "golden/arb_row.h"

namespace xent::arb {
namespace {

using nlohmann::json;
using Words = std::set<std::string>;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what);
}

// What the keys of a case mean to this oracle.

const Words kKeys = {"id",
                     "source",
                     "printed",
                     "loss",
                     "rows",
                     "classes",
                     "wanted",
                     "input",
                     "targets",
                     "target_format",
                     "target_probs",
                     "ignore_index",
                     "class_weights",
                     "sample_weights",
                     "upstream",
                     "label_smoothing",
                     "temperature",
                     "scale",
                     "softcap",
                     "z_loss",
                     "base",
                     "reduction",
                     "conventions",
                     "threads",
                     "loss_format",
                     "parameters",
                     "answer"};
const Words kConventionKeys = {"denominator",
                               "denominator_value",
                               "smoothing_mass",
                               "smoothing_weights",
                               "all_ignored",
                               "all_masked",
                               "clip",
                               "zero_weight_times_infinity",
                               "clip_rules",
                               "normalise",
                               "target_out_of_range",
                               "z_loss_over_valid_rows",
                               "gradient_of_unit_mass",
                               "masked_labels"};
const Words kLosses = {
    "entropy",     "cross_entropy", "kl",          "generalised_kl", "nll",       "softmax_cross_entropy",
    "log_sum_exp", "softmax",       "log_softmax", "sequence",       "perplexity"};
const Words kOfLogits = {"softmax_cross_entropy", "log_sum_exp", "softmax", "log_softmax"};
const Words kOfMasses = {"softmax_cross_entropy", "cross_entropy", "nll", "sequence", "perplexity"};
const Words kOfLogTargets = {"softmax_cross_entropy", "cross_entropy", "kl", "generalised_kl"};
// Losses that take an input of logarithms as probabilities too, which e^inf is none of.
const Words kOfProbabilities = {"entropy", "generalised_kl"};

void check_keys(const json& object, const Words& known) {
  for (const auto& item : object.items()) {
    if (!known.contains(item.key())) fail(item.key() + ": unknown to this oracle");
  }
}

std::string word(const json& object, const char* key, const char* absent, const Words& known) {
  std::string value = object.contains(key) ? object.at(key).get<std::string>() : absent;
  if (!known.contains(value)) fail(std::string(key) + " " + value + ": unknown to this oracle");
  return value;
}

Words words(const json& object, const char* key, const Words& known) {
  auto values = object.contains(key) ? object.at(key).get<Words>() : Words();
  for (const std::string& value : values) {
    if (!known.contains(value)) fail(std::string(key) + " " + value + ": unknown to this oracle");
  }
  return values;
}

Elements numbers(const json& object, const char* key) {
  Elements elements;
  if (!object.contains(key)) return elements;
  for (const json& text : object.at(key)) {
    auto element = parse_element(text.get<std::string>());
    if (!element) fail(std::string(key) + ": number " + text.dump());
    elements.push_back(std::move(*element));
  }
  return elements;
}

Elements matrix(const json& c, const char* key) {
  if (!c.contains(key)) return {};
  const json& object = c.at(key);
  if (object.contains("numbers")) return numbers(object, "numbers");
  const Format* format = find_format(object.at("format").get<std::string>());
  if (format == nullptr) fail(std::string(key) + ": format");
  const auto bits = object.at("bits").get<std::string>();
  const auto width = static_cast<std::size_t>(format->width / 4);
  Elements elements;
  for (std::size_t i = 0; i < bits.size(); i += width)
    elements.push_back(decode(*format, std::stoul(bits.substr(i, width), nullptr, 16)));
  return elements;
}

Exact number(const json& object, const char* key) {
  if (!object.contains(key)) return {};
  const auto element = parse_element(object.at(key).get<std::string>());
  if (!element || !element->is_finite()) fail(key);
  return element->value;
}

Exact positive(const json& object, const char* key) {
  Exact value = number(object, key);
  if (value.sign() <= 0) fail(std::string(key) + ": not positive");
  return value;
}

// A float is none, also where it is whole: there are some that no integer holds.
std::int64_t integer(const json& value, const char* key) {
  const bool fits = !value.is_number_unsigned() || std::in_range<std::int64_t>(value.get<std::uint64_t>());
  if (!value.is_number_integer() || !fits) fail(std::string(key) + ": " + value.dump() + " is no integer");
  return value.get<std::int64_t>();
}

std::vector<std::int64_t> integers(const json& object, const char* key) {
  std::vector<std::int64_t> values;
  if (!object.contains(key)) return values;
  if (!object.at(key).is_array()) fail(std::string(key) + ": not a list");
  for (const json& value : object.at(key)) values.push_back(integer(value, key));
  return values;
}

bool flag(const json& object, const char* key) {
  return object.value(key, false);
}

// What is done to probabilities before the loss sees them.
struct Preparation {
  bool normalise = false;
  bool clip_first = false;
  Exact lower;  // 0: no clip
  Exact upper;
};

void clip(const Preparation& how, Elements& row) {
  if (how.lower.sign() == 0) return;
  for (Element& p : row) {
    if (p.is_nan()) continue;
    if (p.value.compare(how.lower) < 0) p.value = how.lower;
    if (p.value.compare(how.upper) > 0) p.value = how.upper;
  }
}

void normalise(const Preparation& how, Elements& row) {
  if (!how.normalise) return;
  Exact sum;
  for (const Element& p : row) sum = sum + p.value;
  for (Element& p : row) {
    if (sum.sign() == 0) {
      p.kind = Element::kNaN;
    } else {
      p.value = p.value / sum;
    }
  }
}

Elements prepared(const Preparation& how, Elements row) {
  if (how.clip_first) clip(how, row);
  normalise(how, row);
  if (!how.clip_first) clip(how, row);
  return row;
}

// What derivatives have to know of it.
Making making(const Preparation& how, Elements row) {
  Making making;
  making.clip_first = how.clip_first;
  const bool clips = how.lower.sign() != 0;
  const auto note_clipped = [&] {
    for (const Element& p : row)
      making.is_clipped.push_back(p.value.compare(how.lower) < 0 || p.value.compare(how.upper) > 0);
  };
  if (clips && how.clip_first) {
    note_clipped();
    clip(how, row);
  }
  if (how.normalise) {
    for (const Element& p : row) making.divisor = making.divisor + p.value;
    normalise(how, row);
  }
  if (clips && !how.clip_first) note_clipped();
  return making;
}

// A factor of a row: a rational, or NaN.
using Weight = std::optional<Exact>;

Weight weight_of(const Element& element) {
  return element.is_nan() ? Weight() : Weight(element.value);
}

Weight operator*(const Weight& a, const Weight& b) {
  return a && b ? Weight(*a * *b) : Weight();
}

// The same of a sum over rows and classes, where probabilities may be powers of e.
using Amount = std::optional<Sum>;

// A case.
class Problem {
 public:
  explicit Problem(const json& c);
  std::vector<Value> values() const;

 private:
  void read_question(const json& c);
  void read_rows(const json& c);
  void read_preparation();
  void check() const;
  void check_log_targets() const;
  void check_shape() const;
  void check_targets() const;
  void check_numbers() const;

  bool is_ignored(std::int64_t r) const { return ignore_index_ && targets_.at(index(r)) == *ignore_index_; }
  bool is_out_of_range(std::int64_t r) const {
    if (targets_.empty() || is_ignored(r)) return false;
    return target(r) < 0 || target(r) >= classes_;
  }
  std::int64_t target(std::int64_t r) const {
    const std::int64_t t = targets_.at(index(r));
    return out_of_range_ == "from_end" && t < 0 && t + classes_ >= 0 ? t + classes_ : t;
  }
  bool is_untargeted(std::int64_t r) const {
    return is_out_of_range(r) && (out_of_range_ == "lse" || out_of_range_ == "log_sum");
  }
  // What a row without a loss of its own has for it, and for its derivatives.
  std::optional<Value> stipulated(std::int64_t r) const {
    if (is_ignored(r) || (is_out_of_range(r) && out_of_range_ == "zero")) return Value();
    return is_out_of_range(r) && !is_untargeted(r) ? std::optional(Value::nan()) : std::nullopt;
  }
  std::int64_t count_valid_rows() const;
  LossRow row(std::int64_t r) const;
  Weight sample_weight(std::int64_t r) const {
    return sample_weights_.empty() ? Weight(1) : weight_of(sample_weights_.at(index(r)));
  }
  Weight upstream(std::int64_t r) const {
    if (upstream_.empty()) return Weight(1);
    return weight_of(upstream_.at(reduction_ == "none" ? index(r) : 0));
  }
  Amount target_weight(std::int64_t r) const;
  Amount valid_weights() const;
  // What the sum over the rows is divided by.
  Amount read_denominator() const;
  Value undivided() const;  // the mean where there is nothing to divide by

  std::vector<Value> row_values() const;
  Value total() const;
  std::vector<Value> entries() const;
  std::vector<Value> gradients() const;
  std::vector<Value> gradient(std::int64_t r) const;
  void multiply_by_power_of(const Value& exponent, const FactorPointer& power,
                            std::vector<Value>& derivatives) const;
  std::optional<PartFactors> factors(const Weight& weight) const;
  void finish(std::vector<Value>& values) const;

  static std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }
  static Elements slice(const Elements& matrix, std::int64_t r, std::int64_t classes) {
    return {matrix.begin() + r * classes, matrix.begin() + (r + 1) * classes};
  }

  Question question_;
  json conventions_;
  std::string wanted_;
  std::string reduction_;
  std::int64_t rows_ = 0;
  std::int64_t classes_ = 0;
  Elements x_;
  Elements y_;
  std::vector<std::int64_t> targets_;
  std::optional<std::int64_t> ignore_index_;
  Elements sample_weights_;
  Elements upstream_;
  Exact base_;
  std::string denominator_;
  std::string out_of_range_;
  std::int64_t valid_rows_ = 0;
  Amount divisor_;
  std::shared_ptr<const Whole> irrational_divisor_;  // the same, if it is; otherwise nullptr
  Preparation input_preparation_;
  Preparation target_preparation_;
};

Problem::Problem(const json& c) : conventions_(c.value("conventions", json::object())) {
  check_keys(c, kKeys);
  check_keys(conventions_, kConventionKeys);
  read_question(c);
  read_rows(c);
  read_preparation();
  check();
  check_log_targets();
  check_shape();
  check_targets();
  check_numbers();
  valid_rows_ = count_valid_rows();
  divisor_ = read_denominator();
  if (divisor_ && !divisor_->is_rational()) irrational_divisor_ = std::make_shared<Whole>(*divisor_);
}

void Problem::read_question(const json& c) {
  Question& q = question_;
  q.loss = word(c, "loss", "", kLosses);
  q.space = word(c.at("input"), "space", "", {"logits", "probabilities", "log_probabilities"});
  if (c.contains("scale")) q.stretch = number(c, "scale");
  if (c.contains("temperature")) q.stretch = q.stretch / positive(c, "temperature");
  q.softcap = number(c, "softcap");
  q.z_loss = number(c, "z_loss");
  q.smoothing = number(c, "label_smoothing");
  q.smoothing_mass = word(conventions_, "smoothing_mass", "all", {"all", "others"});
  q.smoothing_weights =
      word(conventions_, "smoothing_weights", "weighted", {"weighted", "unweighted", "by_target"});
  q.class_weights = numbers(c, "class_weights");
  q.all_masked = word(conventions_, "all_masked", "default", {"default", "nan", "zero", "infinity"});
  q.zero_is_nan =
      word(conventions_, "zero_weight_times_infinity", "default", {"default", "zero", "nan"}) == "nan";
  q.unit_mass = flag(conventions_, "gradient_of_unit_mass");
  q.leaves_out_masked =
      word(conventions_, "masked_labels", "default", {"default", "infinity", "zero"}) == "zero";
}

void Problem::read_rows(const json& c) {
  wanted_ = word(c, "wanted", "loss", {"loss", "gradient", "target_gradient"});
  reduction_ = word(c, "reduction", "none", {"none", "sum", "mean"});
  rows_ = integer(c.at("rows"), "rows");
  classes_ = integer(c.at("classes"), "classes");
  x_ = matrix(c, "input");
  y_ = matrix(c, "target_probs");
  if (c.contains("target_probs"))
    question_.log_targets = word(c.at("target_probs"), "space", "", {"probabilities", "log_probabilities"}) ==
                            "log_probabilities";
  targets_ = integers(c, "targets");
  if (c.contains("ignore_index")) ignore_index_ = integer(c.at("ignore_index"), "ignore_index");
  sample_weights_ = numbers(c, "sample_weights");
  upstream_ = numbers(c, "upstream");
  base_ = number(c, "base");
  denominator_ = word(conventions_, "denominator", "valid_rows",
                      {"valid_rows", "all_rows", "valid_weights", "given", "elements"});
  out_of_range_ = word(conventions_, "target_out_of_range", "default",
                       {"default", "status", "nan", "zero", "lse", "log_sum", "from_end"});
}

void Problem::read_preparation() {
  const Words rules = words(conventions_, "clip_rules", {"targets", "up_to_one", "first"});
  const Words normalised = words(conventions_, "normalise", {"input", "targets"});
  const Exact bound = number(conventions_, "clip");
  const Exact upper = rules.contains("up_to_one") ? Exact(1) : Exact(1) - bound;
  const bool first = rules.contains("first");
  input_preparation_ = {normalised.contains("input"), first, bound, upper};
  target_preparation_ = {normalised.contains("targets"), first, rules.contains("targets") ? bound : Exact(),
                         upper};
}

void Problem::check() const {
  const Question& q = question_;
  const bool steps = q.loss == "sequence" || q.loss == "perplexity";
  if (q.has_logits() != kOfLogits.contains(q.loss) && !(q.has_logits() && steps)) fail("space " + q.space);
  const bool has_masses = q.smoothing.sign() != 0 || !q.class_weights.empty();
  if (has_masses && !kOfMasses.contains(q.loss)) fail("class_weights, label_smoothing: unknown to " + q.loss);
  if (q.z_loss.sign() != 0 && (q.loss != "softmax_cross_entropy" || base_.sign() != 0))
    fail("z_loss: known for softmax_cross_entropy in nats alone");
  if (!q.has_logits() && (q.stretch.compare(Exact(1)) != 0 || q.softcap.sign() != 0))
    fail("scale, temperature, softcap: unknown to " + q.loss);
  if (q.smoothing.sign() != 0 && !y_.empty() &&
      (q.smoothing_mass != "all" || q.smoothing_weights == "by_target"))
    fail("label_smoothing: soft labels have no target");
  if (q.smoothing.sign() != 0 && q.smoothing_mass == "others" && classes_ == 1)
    fail("smoothing_mass others: 1 class");
  const Preparation& p = input_preparation_;
  const Preparation& of_targets = target_preparation_;
  const bool is_prepared = p.normalise || p.lower.sign() != 0 || of_targets.normalise;
  if (is_prepared && q.space != "probabilities") fail("clip, normalise: with " + q.space);
}

// Nothing else takes P as logarithms, and nothing prepares them.
void Problem::check_log_targets() const {
  if (!question_.log_targets) return;
  const bool is_prepared = target_preparation_.normalise || target_preparation_.lower.sign() != 0;
  if (!kOfLogTargets.contains(question_.loss) || is_prepared)
    fail("target_probs: logarithms with " + question_.loss);
}

void Problem::check_shape() const {
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  if (rows_ < 0 || rows_ > kMost || classes_ < 1 || classes_ > kMost) fail("rows, classes: out of range");
  const auto elements = static_cast<std::size_t>(rows_ * classes_);
  if (x_.size() != elements) fail("input: not rows x classes");
  const auto has_size = [](std::size_t size, std::size_t expected) { return size == 0 || size == expected; };
  if (!has_size(y_.size(), elements)) fail("target_probs: not rows x classes");
  if (!has_size(targets_.size(), index(rows_))) fail("targets: not one a row");
  if (!has_size(sample_weights_.size(), index(rows_))) fail("sample_weights: not one a row");
  if (!has_size(question_.class_weights.size(), index(classes_))) fail("class_weights: not one a class");
  if (!has_size(upstream_.size(), reduction_ == "none" ? index(rows_) : 1)) fail("upstream: not one a value");
}

void Problem::check_targets() const {
  const std::string& loss = question_.loss;
  const bool needs_probs = loss == "kl" || loss == "generalised_kl";
  if (rows_ > 0 && y_.empty() && (needs_probs || (kOfMasses.contains(loss) && targets_.empty())))
    fail("targets, target_probs: none");
  const bool is_known = loss == "softmax_cross_entropy" && question_.softcap.sign() == 0;
  for (std::int64_t r = 0; r < rows_; ++r) {
    const bool is_refused = out_of_range_ == "default" || out_of_range_ == "status" ||
                            (is_untargeted(r) && !(is_known && question_.class_weights.empty()));
    if (is_refused && is_out_of_range(r)) fail("targets: out of range");
  }
}

void Problem::check_numbers() const {
  const Question& q = question_;
  const auto require = [](bool holds, const char* what) {
    if (!holds) fail(what);
  };
  const auto all_of = [](const Elements& elements, const auto& holds) {
    return std::all_of(elements.begin(), elements.end(), holds);
  };
  const auto is_weight = [](const Element& e) { return e.is_nan() || e.is_finite(); };
  const auto is_probability = [](const Element& e) {
    return e.is_nan() || (e.is_finite() && e.value.sign() >= 0);
  };
  require(q.space != "probabilities" || all_of(x_, is_probability), "input: no probabilities");
  const auto is_log = [](const Element& e) { return e.kind != Element::kPlusInfinity; };
  require(!q.has_logs() || !kOfProbabilities.contains(q.loss) || all_of(x_, is_log),
          "input: no logarithms of probabilities");
  require(q.log_targets ? all_of(y_, is_log) : all_of(y_, is_probability), "target_probs: no probabilities");
  require(all_of(q.class_weights, is_weight), "class_weights: infinite");
  require(all_of(sample_weights_, is_weight), "sample_weights: infinite");
  require(all_of(upstream_, is_weight), "upstream: infinite");
  require(q.stretch.sign() > 0 && q.softcap.sign() >= 0, "scale, softcap: negative");
  require(q.smoothing.sign() >= 0 && q.smoothing.compare(Exact(1)) <= 0, "label_smoothing: not in [0, 1]");
  require(base_.sign() >= 0 && !(base_ == Exact(1)), "base: not positive, or 1");
  const Exact& clip = input_preparation_.lower;
  require(clip.sign() >= 0 && (Exact(2) * clip).compare(Exact(1)) < 0, "clip: not in [0, 1/2)");
}

std::int64_t Problem::count_valid_rows() const {
  std::int64_t valid = 0;
  for (std::int64_t r = 0; r < rows_; ++r) valid += is_ignored(r) ? 0 : 1;
  return valid;
}

LossRow Problem::row(std::int64_t r) const {
  LossRow row;
  row.x = slice(x_, r, classes_);
  if (question_.has_logits()) {
    for (Element& x : row.x) x.value = x.value * question_.stretch;
  } else {
    row.of_x = making(input_preparation_, row.x);
    row.x = prepared(input_preparation_, std::move(row.x));
  }
  if (!y_.empty()) {
    row.y = slice(y_, r, classes_);
    row.of_y = making(target_preparation_, row.y);
    row.y = prepared(target_preparation_, std::move(row.y));
  }
  if (y_.empty() && !targets_.empty()) {
    if (is_untargeted(r)) {
      row.untargeted = out_of_range_;
    } else {
      row.target = index(target(r));
    }
  }
  return row;
}

// What a row counts in valid_weights, besides its sample weight.
Amount Problem::target_weight(std::int64_t r) const {
  const Elements& weights = question_.class_weights;
  const auto class_weight = [&](std::size_t c) {
    return weights.empty() ? Weight(1) : weight_of(weights.at(c));
  };
  if (y_.empty()) {
    const Weight weight = targets_.empty() ? Weight(1) : class_weight(index(target(r)));
    return weight ? Amount(*weight) : Amount();
  }
  Sum sum;
  const Elements y = slice(y_, r, classes_);
  for (std::size_t c = 0; c < y.size(); ++c) {
    const Weight weight = class_weight(c);
    if (!weight || y[c].is_nan()) return std::nullopt;
    sum.add(*weight, probability(question_.log_targets, y[c]));
  }
  return sum;
}

Amount Problem::valid_weights() const {
  Sum sum;
  for (std::int64_t r = 0; r < rows_; ++r) {
    if (is_ignored(r) || (is_out_of_range(r) && !is_untargeted(r))) continue;
    const Weight weight = sample_weight(r);
    const Amount amount = target_weight(r);
    if (!weight || !amount) return std::nullopt;
    sum.add(*weight, *amount);
  }
  return sum;
}

Amount Problem::read_denominator() const {
  if (reduction_ != "mean") return Exact(1);
  if (denominator_ == "all_rows") return Exact(rows_);
  if (denominator_ == "elements") return Exact(rows_ * classes_);
  if (denominator_ == "given") return number(conventions_, "denominator_value");
  return denominator_ == "valid_weights" ? valid_weights() : Exact(valid_rows_);
}

Value Problem::undivided() const {
  const bool zero = word(conventions_, "all_ignored", "default", {"default", "nan", "zero"}) == "zero";
  return zero ? Value() : Value::nan();
}

// What the parts of a row's loss are multiplied by: `weight` over the denominators, which are not 0. An
// irrational one is left for the end; what is not divided by it is multiplied by it here. nullopt: NaN.
std::optional<PartFactors> Problem::factors(const Weight& weight) const {
  if (!weight || !divisor_) return std::nullopt;
  const Exact loss = irrational_divisor_ ? *weight : *weight / divisor_->constant();
  const bool apart = reduction_ == "mean" && flag(conventions_, "z_loss_over_valid_rows");
  if (!apart) return PartFactors{loss, loss};
  const Sum later = irrational_divisor_ ? shortened(irrational_divisor_) : Sum(Exact(1));
  return PartFactors{loss, later * (*weight / Exact(valid_rows_))};
}

Value weighted(const Question& q, const LossParts& parts, const PartFactors& factors) {
  Value value;
  value.add(factors.loss, parts.loss, q.zero_is_nan);
  value.add(factors.z_loss, parts.z_loss, q.zero_is_nan);
  return value;
}

std::vector<Value> Problem::row_values() const {
  std::vector<Value> values;
  for (std::int64_t r = 0; r < rows_; ++r) {
    if (auto value = stipulated(r)) {
      values.push_back(*std::move(value));
      continue;
    }
    const auto weights = factors(sample_weight(r));
    values.push_back(weights ? weighted(question_, row_loss(question_, row(r)), *weights) : Value::nan());
  }
  return values;
}

Value Problem::total() const {
  if (reduction_ == "mean" && (valid_rows_ == 0 || (divisor_ && divisor_->is_zero()))) return undivided();
  Value total;
  for (const Value& value : row_values()) total.add(Exact(1), value, false);
  return total;
}

std::vector<Value> Problem::entries() const {
  std::vector<Value> values;
  for (std::int64_t r = 0; r < rows_; ++r) {
    for (Value& value : row_entries(question_, row(r))) values.push_back(std::move(value));
  }
  return values;
}

std::vector<Value> Problem::gradient(std::int64_t r) const {
  const auto same = [this](const Value& value) { return std::vector<Value>(index(classes_), value); };
  if (const auto value = stipulated(r)) return same(*value);
  if (divisor_ && divisor_->is_zero()) return same(undivided());
  const auto weights = factors(upstream(r) * sample_weight(r));
  if (!weights) return same(Value::nan());
  return wanted_ == "gradient" ? row_gradient(question_, row(r), *weights)
                               : row_target_gradient(question_, row(r), *weights);
}

std::vector<Value> Problem::gradients() const {
  std::vector<Value> values;
  const bool is_power = question_.loss == "perplexity";
  const Value exponent = is_power ? total() : Value();
  const FactorPointer power = is_power && !exponent.is_special() ? power_of_e(exponent) : nullptr;
  for (std::int64_t r = 0; r < rows_; ++r) {
    std::vector<Value> row = gradient(r);
    if (is_power && !stipulated(r)) multiply_by_power_of(exponent, power, row);
    for (Value& value : row) values.push_back(std::move(value));
  }
  return values;
}

// The derivatives of e^L from those of L.
void Problem::multiply_by_power_of(const Value& exponent, const FactorPointer& power,
                                   std::vector<Value>& derivatives) const {
  for (Value& value : derivatives) {
    if (value.is_special()) continue;
    if (power) {
      value.multiply_by(power);
      continue;
    }
    const int sign = value.compare({}, kSignCap);
    if (exponent.special == Element::kMinusInfinity) {
      value = Value();
    } else if (exponent.special == Element::kNaN || (sign == 0 && question_.zero_is_nan)) {
      value = Value::nan();
    } else {
      value = sign == 0 ? Value() : Value::infinity(sign);
    }
  }
}

// A denominator divides what is finished. Powers have no unit: perplexity and softmax do not depend on the
// base.
void Problem::finish(std::vector<Value>& values) const {
  for (Value& value : values) {
    if (irrational_divisor_) value.divide_by(irrational_divisor_);
    if (question_.loss == "perplexity") {
      if (wanted_ == "loss") value.exponentiate();
    } else if (base_.sign() != 0 && question_.loss != "softmax") {
      value.divide_by_log_of(base_);
    }
  }
}

std::vector<Value> Problem::values() const {
  std::vector<Value> values;
  if (wanted_ != "loss") {
    values = gradients();
  } else if (question_.loss == "softmax" || question_.loss == "log_softmax") {
    values = entries();
  } else if (reduction_ == "none") {
    values = row_values();
  } else {
    values = {total()};
  }
  finish(values);
  return values;
}

}  // namespace

std::vector<Value> values_of(const json& c) {
  return Problem(c).values();
}

}  // namespace xent::arb
