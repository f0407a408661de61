#include "golden/case.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace xent::golden {
namespace {

using reference::Number;
using reference::Rational;

Case dog() {
  Case c;
  c.id = "dog";
  c.problem.loss = "cross_entropy";
  c.problem.rows = 1;
  c.problem.classes = 3;
  c.problem.input_space = XENT_PROBABILITIES;
  c.problem.input = {Number(Rational(1, 10)), Number(Rational(7, 10)), Number(Rational(2, 10))};
  c.problem.target_probs = {0.0, 1.0, 0.0};
  return c;
}

// Everything at once that a problem can say.
Case everything() {
  Case c;
  c.id = "every \"field\"\n\u00e9";
  c.source = "a test";
  c.printed = "0.1";
  auto& p = c.problem;
  p.loss = "softmax_cross_entropy";
  p.rows = 2;
  p.classes = 2;
  p.input = {1.5, -0.0, -HUGE_VAL, std::numeric_limits<double>::quiet_NaN()};
  p.input_format = XENT_BFLOAT16;
  p.targets = {0, -100};
  p.target_probs = {Number(Rational(1, 3)), Number(Rational(2, 3)), 0x1p-1074, 0.1};
  p.target_space = XENT_LOG_PROBABILITIES;
  p.target_format = XENT_BINARY64;
  p.ignore_index = -100;
  p.class_weights = {Number(Rational(1, 10)), 2.0};
  p.sample_weights = {1.0, 0.5};
  p.label_smoothing = Number(Rational(1, 10));
  p.temperature = 2.0;
  p.scale = 0.125;
  p.softcap = 30.0;
  p.z_loss = Number(Rational(1, 10000));
  p.base = 2.0;
  p.reduction = XENT_MEAN;
  p.conventions = {.denominator = XENT_GIVEN,
                   .denominator_value = 4.5,
                   .smoothing_mass = XENT_SMOOTH_OTHERS,
                   .smoothing_weights = XENT_SMOOTH_UNWEIGHTED,
                   .all_ignored = XENT_POLICY_ZERO,
                   .target_out_of_range = XENT_POLICY_NAN,
                   .all_masked = XENT_POLICY_INFINITY,
                   .zero_weight_times_infinity = XENT_POLICY_NAN,
                   .clip = 1e-7,
                   .clip_rules = XENT_BIT(XENT_CLIP_TARGETS) | XENT_BIT(XENT_CLIP_FIRST),
                   .normalise = XENT_BIT(XENT_NORMALISE_INPUT),
                   .z_loss_over_valid_rows = 1,
                   .gradient_of_unit_mass = 1,
                   .masked_labels = XENT_POLICY_ZERO,
                   .reserved = 0};
  p.upstream = {Number(Rational(1, 3))};
  p.wanted = reference::Wanted::target_gradient;
  p.threads = 2;
  p.loss_format = XENT_BINARY32;
  c.parameters = {"3", "1/3"};
  c.answers = {{"rounded", "0.5", "0x1p-1", "0x1.8p-1", 96, {{"binary16", "0x1p-1"}, {"fp8_e4m3", "0x1p-1"}}},
               {}};
  c.answers[1].status = "undecided";
  return c;
}

std::string error_of(std::string_view line) {
  const auto c = read(line);
  return c ? "read: " + write(*c) : c.error().message;
}

constexpr const char* kLine =
    R"({"id":"a","loss":"nll","rows":1,"classes":2,"input":{"space":"probabilities","numbers":["0.1","0.7"]},"targets":[1]})";

// kLine with one piece of text replaced.
std::string with(std::string_view from, std::string_view to) {
  std::string line = kLine;
  line.replace(line.find(from), from.size(), to);
  return line;
}

TEST(Case, IsOneLineThatReadsAsWritten) {
  EXPECT_EQ(
      write(dog()),
      R"({"id":"dog","loss":"cross_entropy","rows":1,"classes":3,"input":{"space":"probabilities",)"
      R"("numbers":["0.1","0.7","0.2"]},"target_probs":{"space":"probabilities","numbers":["0","1","0"]}})");
}

TEST(Case, KeepsEveryFieldThroughText) {
  const Case original = everything();
  const std::string line = write(original);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto copy = read(line);
  ASSERT_TRUE(copy) << copy.error().message;
  EXPECT_EQ(write(*copy), line);
  EXPECT_EQ(copy->id, original.id);
  EXPECT_EQ(copy->printed, "0.1");
  EXPECT_EQ(copy->parameters, original.parameters);
  ASSERT_EQ(copy->answers.size(), 2u);
  EXPECT_EQ(copy->answers[0].precision_bits, 96);
  EXPECT_EQ(copy->answers[1].status, "undecided");
  const auto& p = copy->problem;
  EXPECT_TRUE(std::signbit(p.input[1].as_double()));
  EXPECT_TRUE(p.input[3].is_nan());
  EXPECT_EQ(p.target_probs, original.problem.target_probs);
  EXPECT_EQ(p.ignore_index, -100);
  EXPECT_EQ(p.label_smoothing, original.problem.label_smoothing);
  EXPECT_EQ(p.conventions.denominator_value, 4.5);
  EXPECT_EQ(p.conventions.clip, 1e-7);
  EXPECT_EQ(p.conventions.smoothing_weights, XENT_SMOOTH_UNWEIGHTED);
  EXPECT_EQ(p.conventions.clip_rules, original.problem.conventions.clip_rules);
  EXPECT_EQ(p.conventions.normalise, original.problem.conventions.normalise);
  EXPECT_EQ(p.conventions.z_loss_over_valid_rows, 1);
  EXPECT_EQ(p.conventions.gradient_of_unit_mass, 1);
  EXPECT_EQ(p.conventions.masked_labels, XENT_POLICY_ZERO);
  EXPECT_EQ(p.wanted, reference::Wanted::target_gradient);
  EXPECT_EQ(p.upstream, original.problem.upstream);
  EXPECT_EQ(p.conventions.all_masked, XENT_POLICY_INFINITY);
  EXPECT_EQ(p.threads, 2);
  EXPECT_EQ(p.loss_format, XENT_BINARY32);
}

TEST(Case, WritesTheBitsOfAFormatAndOtherwiseExactText) {
  Case c = dog();
  c.problem.input_format = XENT_BINARY32;
  EXPECT_NE(write(c).find(R"("format":"binary32","numbers":["0.1",)"), std::string::npos);
  c.problem.input = {1.0, -0.0, HUGE_VAL};
  EXPECT_NE(write(c).find(R"("format":"binary32","bits":"3f800000800000007f800000")"), std::string::npos);
}

TEST(Case, DecodesEveryPatternOfTheNarrowFormats) {
  for (const char* format : {"binary16", "bfloat16"}) {
    std::string digits;
    for (unsigned bits = 0; bits < 0x10000; ++bits) {
      char text[5];
      std::snprintf(text, sizeof text, "%04x", bits);
      digits += text;
    }
    const std::string line =
        R"({"id":"","loss":"log_sum_exp","rows":1,"classes":65536,"input":{"space":"logits","format":")" +
        std::string(format) + R"(","bits":")" + digits + "\"}}";
    const auto c = read(line);
    ASSERT_TRUE(c) << c.error().message;
    const reference::Format& f = *reference::find_format(format);
    for (unsigned bits = 0; bits < 0x10000; ++bits) {
      const double value = reference::decode(f, bits);
      ASSERT_EQ(std::bit_cast<std::uint64_t>(c->problem.input[bits].as_double()),
                std::bit_cast<std::uint64_t>(value));
    }
  }
}

TEST(Case, RefusesWhatItDoesNotUnderstandByName) {
  ASSERT_TRUE(read(kLine));
  const std::pair<std::string, const char*> bad[] = {
      {"", "line: "},
      {"[]", "line: [] is not accepted; accepted: an object"},
      {"{", "line: \"{\" (parse error"},
      {std::string(kLine) + "x", "line: \"{"},
      {R"({"id":{"a":{"b":{"c":{"d":{"e":1}}}}}})", "line: deeper nesting"},
      {std::string(100000, '['), "line: deeper nesting"},
      {R"({"loss":"nll"})", "id: nothing is not accepted"},
      {with("\"rows\":1,", ""), "rows: nothing"},
      {with("\"rows\":1", "\"rows\":1,\"rows\":1"), "rows: a second value"},
      {with("\"rows\":1", "\"rows\":1.0"), "rows: 1.0 is not accepted; accepted: an integer from 0"},
      {with("\"rows\":1", "\"rows\":-1"), "rows: -1"},
      {with("\"rows\":1", "\"rows\":18446744073709551615"), "rows: 18446744073709551615"},
      {with("\"classes\":2", "\"classes\":0"), "classes: 0"},
      {with("\"rows\":1,\"classes\":2", "\"rows\":60000000,\"classes\":60000000"),
       "rows: 60000000 x 60000000"},
      {with("\"classes\":2", "\"classes\":3"), "input.numbers: 2 elements is not accepted; accepted: 3"},
      {with("\"nll\"", "1"), "loss: 1 is not accepted; accepted: a string"},
      {with("\"id\"", "\"odd\":1,\"id\""), "odd: an unknown key"},
      {with("\"space\"", "\"place\":1,\"space\""), "input.place: an unknown key"},
      {with("probabilities", "odds"),
       "input.space: \"odds\" is not accepted; accepted: logits, probabilities"},
      {with("\"numbers\"", "\"format\":\"fp8\",\"numbers\""), "input.format: \"fp8\""},
      {with("\"numbers\":[\"0.1\",\"0.7\"]", "\"bits\":\"3f80\""), "input.format: none"},
      {with("\"numbers\":[\"0.1\",\"0.7\"]", "\"format\":\"binary32\",\"bits\":\"3f80\""),
       "input.bits: 4 digits"},
      {with("\"numbers\":[\"0.1\",\"0.7\"]", "\"format\":\"binary16\",\"bits\":\"3C003c00\""),
       "input.bits: 'C'"},
      {with("\"numbers\":[\"0.1\",\"0.7\"]", "\"format\":\"binary16\",\"bits\":\"3c00\""),
       "input.bits: 1 elements"},
      {with("\"numbers\"", "\"bits\":\"\",\"numbers\""), "input.bits: given with numbers"},
      {with("\"numbers\":[\"0.1\",\"0.7\"]", "\"format\":\"binary16\""), "input.numbers: nothing"},
      {with("\"0.7\"", "0.7"), "input.numbers[1]: 0.7 is not accepted; accepted: text"},
      {with("\"0.7\"", "\"0,7\""), "input.numbers[1]: \"0,7\""},
      {with("[1]", "[1,0]"), "targets: 2 elements"},
      {with("[1]", "[]"), "targets: 0 elements"},
      {with("[1]", "[\"1\"]"), "targets[0]: \"1\""},
      {with("[1]", "[1],\"base\":\"inf\""), "base: \"inf\" is not accepted; accepted: text of a finite"},
      {with("[1]", "[1],\"temperature\":\"nan\""), "temperature: \"nan\""},
      {with("[1]", "[1],\"class_weights\":[\"1\"]"), "class_weights: 1 elements"},
      {with("[1]", "[1],\"reduction\":\"batchmean\""), "reduction: \"batchmean\""},
      {with("[1]", "[1],\"conventions\":{\"denominator\":\"rows\"}"), "conventions.denominator: \"rows\""},
      {with("[1]", "[1],\"conventions\":{\"clip\":\"1/3\"}"), "conventions.clip: \"1/3\""},
      {with("[1]", "[1],\"conventions\":[]"), "conventions: []"},
      {with("[1]", "[1],\"ignore_index\":null"), "ignore_index: null"},
      {with("[1]", "[1],\"threads\":3000000000"), "threads: 3000000000"},
      {with("[1]", "[1],\"answer\":{}"), "answer: no array"},
      {with("[1]", "[1],\"answer\":[{}]"), "answer[0].status: nothing"},
      {with("[1]", "[1],\"answer\":[{\"status\":\"fine\"}]"), "answer[0].status: \"fine\""},
      {with("[1]", "[1],\"answer\":[{\"status\":\"nan\",\"lower\":\"1.5\"}]"), "answer[0].lower: '1.5'"},
      {with("\"a\"", "\"\xff\""), "line: \"{"},
  };
  for (const auto& [line, message] : bad) {
    EXPECT_EQ(error_of(line).rfind(message, 0), 0u) << error_of(line) << "\nfor " << line.substr(0, 200);
  }
}

TEST(Case, NamesTheLineOfAnError) {
  const auto cases = read_all(std::string(kLine) + "\n\n" + kLine + "\r\n");
  ASSERT_TRUE(cases);
  EXPECT_EQ(cases->size(), 2u);
  const auto error = read_all(std::string(kLine) + "\n\nx\n");
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().message.rfind("line 3: line: \"", 0), 0u) << error.error().message;
}

TEST(Answer, CertifiesTheDogOfTheNotes) {
  const auto answers = answer(dog().problem, 30);
  ASSERT_TRUE(answers) << answers.error().message;
  ASSERT_EQ(answers->size(), 1u);
  const Answer& a = answers->front();
  EXPECT_EQ(a.status, "rounded");
  EXPECT_EQ(a.value, "0.356674943938732378912638711241");
  EXPECT_EQ(a.to("binary64"), "0x1.6d3c324e13f4fp-2");
  EXPECT_GE(a.precision_bits, 96);
  EXPECT_EQ(a.lower.rfind("0x", 0), 0u);
}

TEST(Answer, NamesExactAndSpecialValues) {
  Case c = dog();
  c.problem.loss = "softmax_cross_entropy";
  c.problem.input_space = XENT_LOGITS;
  c.problem.target_probs.clear();
  c.problem.targets = {0};
  c.problem.base = 2.0;
  c.problem.classes = 2;
  const std::pair<std::vector<Number>, const char*> expected[] = {
      {{5.0, 5.0}, "exact"},
      {{5.0, 4.0}, "rounded"},
      {{-HUGE_VAL, 4.0}, "infinite"},
      {{HUGE_VAL, 4.0}, "nan"},
      {{0x1p127, -0x1p127},
       "undecided"},  // e^-2^128 has no decimal digits within MPFR's exponents, but roundings
  };
  for (const auto& [logits, status] : expected) {
    c.problem.input = logits;
    const auto answers = answer(c.problem, 20);
    ASSERT_TRUE(answers) << answers.error().message;
    EXPECT_EQ(answers->front().status, status);
    EXPECT_FALSE(answers->front().to("binary32").empty());
  }
}

TEST(Answer, RefusesWhatTheReferenceRefuses) {
  Case c = dog();
  c.problem.target_probs.clear();
  const auto answers = answer(c.problem, 20);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().message.rfind("target_probs: none", 0), 0u) << answers.error().message;
}

}  // namespace
}  // namespace xent::golden
