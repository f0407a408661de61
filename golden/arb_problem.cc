#include "golden/arb_problem.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>

namespace xent::arb {
namespace {

using nlohmann::json;

using Elements = std::vector<Element>;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what);
}

Elements elements_of(const json& matrix) {
  Elements elements;
  if (matrix.contains("numbers")) {
    for (const json& text : matrix.at("numbers")) {
      auto element = parse_element(text.get<std::string>());
      if (!element) fail("number " + text.dump());
      elements.push_back(std::move(*element));
    }
    return elements;
  }
  const Format* format = find_format(matrix.at("format").get<std::string>());
  if (format == nullptr) fail("format");
  const auto bits = matrix.at("bits").get<std::string>();
  const auto width = static_cast<std::size_t>(format->width / 4);
  for (std::size_t i = 0; i < bits.size(); i += width)
    elements.push_back(decode(*format, std::stoul(bits.substr(i, width), nullptr, 16)));
  return elements;
}

// One row of a problem.
struct RowView {
  std::string loss;
  std::string space;
  std::string all_masked;
  std::string zero_weight;
  Elements x;
  Elements y;  // empty, or as many
  std::int64_t target = -1;
};

// coefficient * ln(entry), or coefficient * entry for entries that are logarithms already.
void add_log(Value& value, const Exact& coefficient, const Element& entry, bool is_log) {
  if (entry.kind == Element::kNaN) return value.add_special(Element::kNaN);
  if (coefficient.sign() == 0) return;
  if (entry.kind == Element::kFinite && is_log) return value.add(coefficient * entry.value);
  if (entry.kind == Element::kFinite && entry.value.sign() > 0)
    return value.add_log(coefficient, entry.value);
  const bool positive = entry.kind == Element::kPlusInfinity;  // ln of 0 is -inf
  value.add_special((coefficient.sign() > 0) == positive ? Element::kPlusInfinity : Element::kMinusInfinity);
}

Value entropy(const RowView& row) {
  Value value;
  for (const Element& p : row.x)
    add_log(value, p.kind == Element::kNaN ? Exact(1) : Exact(0) - p.value, p, false);
  return value;
}

Value cross_entropy(const RowView& row, bool minus_entropy) {
  Value value;
  for (std::size_t i = 0; i < row.x.size(); ++i) {
    const Element& p = row.y.at(i);
    if (p.kind == Element::kNaN || row.x[i].kind == Element::kNaN) {
      value.add_special(Element::kNaN);
      continue;
    }
    if (minus_entropy) add_log(value, p.value, p, false);
    add_log(value, Exact(0) - p.value, row.x[i], row.space == "log_probabilities");
  }
  return value;
}

Value nll(const RowView& row) {
  Value value;
  for (const Element& q : row.x) {
    if (q.kind == Element::kNaN) value.add_special(Element::kNaN);
  }
  if (value.special == Element::kFinite)
    add_log(value, Exact(-1), row.x.at(static_cast<std::size_t>(row.target)),
            row.space == "log_probabilities");
  return value;
}

// The row's largest finite logit; nullptr if there is none.
const Exact* largest(const Elements& x) {
  const Exact* m = nullptr;
  for (const Element& e : x) {
    if (e.kind == Element::kFinite && (m == nullptr || m->compare(e.value) < 0)) m = &e.value;
  }
  return m;
}

bool undefined(const Elements& x) {
  return std::any_of(x.begin(), x.end(), [](const Element& e) {
    return e.kind == Element::kNaN || e.kind == Element::kPlusInfinity;
  });
}

// weight * ln sum e^(x - m), the term of m itself being the 1.
void add_log_sum(Value& value, const Exact& weight, const Elements& x, const Exact& m) {
  std::vector<Exact> exponents;
  bool found = false;
  for (const Element& e : x) {
    if (e.kind != Element::kFinite) continue;
    if (!found && e.value.compare(m) == 0) {
      found = true;
    } else {
      exponents.push_back(e.value - m);
    }
  }
  value.add_tail(weight, std::move(exponents));
}

Value log_sum_exp(const RowView& row) {
  Value value;
  if (undefined(row.x)) {
    value.add_special(Element::kNaN);
  } else if (const Exact* m = largest(row.x)) {
    value.add(*m);
    add_log_sum(value, Exact(1), row.x, *m);
  } else {
    value.add_special(Element::kMinusInfinity);
  }
  return value;
}

Value softmax_cross_entropy(const RowView& row) {
  Value value;
  const Exact* m = largest(row.x);
  if (undefined(row.x) || undefined(row.y)) {
    value.add_special(Element::kNaN);
  } else if (m == nullptr) {
    if (row.all_masked == "infinity") value.add_special(Element::kPlusInfinity);
    if (row.all_masked != "infinity" && row.all_masked != "zero") value.add_special(Element::kNaN);
  } else {
    Exact mass;
    for (std::size_t i = 0; i < row.x.size(); ++i) {
      const Element& x = row.x[i];
      const Exact y =
          row.y.empty() ? Exact(static_cast<std::int64_t>(i) == row.target ? 1 : 0) : row.y.at(i).value;
      if (x.kind == Element::kFinite) {
        mass = mass + y;
        value.add(y * (*m - x.value));
      } else if (y.sign() != 0) {
        value.add_special(Element::kPlusInfinity);
      } else if (!row.y.empty() && row.zero_weight == "nan") {
        value.add_special(Element::kNaN);
      }
    }
    add_log_sum(value, mass, row.x, *m);
  }
  return value;
}

Value value_of(const RowView& row) {
  if (row.loss == "entropy") return entropy(row);
  if (row.loss == "cross_entropy" || row.loss == "kl") return cross_entropy(row, row.loss == "kl");
  if (row.loss == "log_sum_exp") return log_sum_exp(row);
  if (row.loss == "softmax_cross_entropy") return softmax_cross_entropy(row);
  if (row.loss == "nll" || row.loss == "sequence" || row.loss == "perplexity")
    return row.space == "logits" ? softmax_cross_entropy(row) : nll(row);
  fail("loss " + row.loss);
}

std::string word(const json& object, const char* key, const char* absent) {
  return object.contains(key) ? object.at(key).get<std::string>() : absent;
}

Exact number(const json& object, const char* key) {
  if (!object.contains(key)) return {};
  const auto element = parse_element(object.at(key).get<std::string>());
  if (!element || element->kind != Element::kFinite) fail(key);
  return element->value;
}

Exact denominator(const json& conventions, std::int64_t rows, std::int64_t valid) {
  const std::string rule = word(conventions, "denominator", "valid_rows");
  if (rule == "all_rows") return {rows};
  if (rule == "given") return number(conventions, "denominator_value");
  return {valid};
}

void finish(Value& value, const std::string& loss, const Exact& base) {
  if (loss == "perplexity") {
    value.exponentiate();
  } else if (base.sign() != 0) {
    value.divide_by_log_of(base);
  }
}

}  // namespace

std::vector<Value> values_of(const json& c) {
  for (const char* key :
       {"class_weights", "sample_weights", "label_smoothing", "temperature", "scale", "softcap", "z_loss"}) {
    if (c.contains(key)) fail(std::string(key) + ": unknown to this oracle");
  }
  const json conventions = c.value("conventions", json::object());
  const auto rows = c.at("rows").get<std::int64_t>();
  const auto classes = c.at("classes").get<std::int64_t>();
  const Elements x = elements_of(c.at("input"));
  const Elements y = c.contains("target_probs") ? elements_of(c.at("target_probs")) : Elements();
  const Exact base = number(c, "base");
  const std::string reduction = word(c, "reduction", "none");
  RowView row{c.at("loss").get<std::string>(),
              c.at("input").at("space").get<std::string>(),
              word(conventions, "all_masked", "nan"),
              word(conventions, "zero_weight_times_infinity", "zero"),
              {},
              {}};
  std::vector<Value> values;
  std::int64_t valid = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    if (c.contains("targets"))
      row.target = c.at("targets").at(static_cast<std::size_t>(r)).get<std::int64_t>();
    const bool ignored = c.contains("targets") && c.contains("ignore_index") &&
                         c.at("ignore_index").get<std::int64_t>() == row.target;
    valid += ignored ? 0 : 1;
    const auto slice = [&](const Elements& m) {
      return m.empty() ? Elements() : Elements(m.begin() + r * classes, m.begin() + (r + 1) * classes);
    };
    row.x = slice(x);
    row.y = slice(y);
    values.push_back(ignored ? Value() : value_of(row));
  }
  if (reduction != "none") {
    Value total;
    const Exact divisor = reduction == "sum" ? Exact(1) : denominator(conventions, rows, valid);
    if (reduction == "mean" && valid == 0) {
      if (word(conventions, "all_ignored", "nan") != "zero") total.add_special(Element::kNaN);
    } else {
      for (const Value& value : values) total.add(Exact(1) / divisor, value);
    }
    values = {total};
  }
  for (Value& value : values) finish(value, row.loss, base);
  return values;
}

}  // namespace xent::arb
