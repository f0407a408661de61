// Problems of one row typed as text, and what the tests of losses expect of them.
#ifndef XENT_REFERENCE_LOSS_TESTING_H
#define XENT_REFERENCE_LOSS_TESTING_H

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "reference/losses.h"
#include "reference/testing.h"

namespace xent::reference {

using Texts = std::vector<std::string>;

inline std::vector<Number> numbers(const Texts& texts) {
  std::vector<Number> result;
  for (const std::string& text : texts) {
    const auto number = parse_number(text);
    EXPECT_TRUE(number) << text;
    result.push_back(*number);
  }
  return result;
}

inline Problem of_logits(const char* loss, const Texts& input, std::vector<std::int64_t> targets) {
  Problem p;
  p.loss = loss;
  p.input = numbers(input);
  p.rows = targets.empty() ? 1 : static_cast<std::int64_t>(targets.size());
  p.classes = static_cast<std::int64_t>(input.size()) / p.rows;
  p.targets = std::move(targets);
  return p;
}

inline Problem of_probabilities(const char* loss, const Texts& input,
                                std::vector<std::int64_t> targets = {}) {
  Problem p = of_logits(loss, input, std::move(targets));
  p.input_space = XENT_PROBABILITIES;
  return p;
}

// `loss` of P and Q.
inline Problem of_two(const char* loss, const Texts& p_values, const Texts& q_values) {
  Problem p = of_probabilities(loss, q_values);
  p.target_probs = numbers(p_values);
  return p;
}

inline Problem soft(const Texts& logits, const Texts& labels) {
  Problem p = of_logits("softmax_cross_entropy", logits, {});
  p.target_probs = numbers(labels);
  return p;
}

inline Problem in_base(Problem p, const char* base) {
  p.base = *parse_number(base);
  return p;
}

inline Problem reduced(Problem p, xent_reduction reduction) {
  p.reduction = reduction;
  return p;
}

inline Certified one(const Problem& p) {
  auto values = certify(p);
  EXPECT_TRUE(values) << (values ? "" : values.error().message);
  EXPECT_EQ(values->size(), 1U);
  return values->front();
}

inline std::string decimal(const Problem& p, int digits = 20) {
  return one(p).decimal(digits).value_or("undecided");
}

// The value, which must be rational and known as such.
inline std::string exact(const Problem& p) {
  Certified value = one(p);
  if (value.settle().kind != Kind::rational) return "not exact";
  return value.exactness().value.str();
}

inline void expect_refused(const Problem& p, const std::string& field, const std::string& value,
                           const std::string& accepted) {
  const auto error = check(p);
  ASSERT_TRUE(error) << field;
  EXPECT_EQ(error->message.find(field + ": "), 0U) << error->message;
  EXPECT_NE(error->message.find(value), std::string::npos) << error->message;
  const auto at = error->message.find("accepted: ", error->message.find("is not accepted; "));
  ASSERT_NE(at, std::string::npos) << error->message;
  EXPECT_NE(error->message.find(accepted, at), std::string::npos) << error->message;
  EXPECT_EQ(error->message.find('\n'), std::string::npos);
  EXPECT_FALSE(certify(p));
}

}  // namespace xent::reference

#endif  // XENT_REFERENCE_LOSS_TESTING_H
