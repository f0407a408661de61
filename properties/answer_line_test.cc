#include "properties/answer_line.h"

#include <gtest/gtest.h>

#include <cmath>

namespace xent::properties {
namespace {

Response read_two(const std::string& line) {
  return read_answer(line, {"7", 2, XENT_BINARY32, 0, XENT_BINARY32});
}

std::vector<double> losses_in(const std::string& line) {
  const Response response = read_two(line);
  EXPECT_EQ(response.defect, "");
  EXPECT_EQ(response.status, XENT_OK);
  return response.loss;
}

TEST(AnswerLine, TakesBitsAsACaseHasThem) {
  const std::vector<double> expected = {0.5, -HUGE_VAL};
  EXPECT_EQ(losses_in(R"({"id":"7","loss":{"bits":"3f000000ff800000"}})"), expected);
  EXPECT_EQ(losses_in(R"({"id":"7","status":"ok","loss":{"format":"binary32","bits":"3f000000ff800000"}})"),
            expected);
}

TEST(AnswerLine, RoundsNumbersToTheFormatThatWasAskedFor) {
  EXPECT_EQ(losses_in(R"({"id":"7","loss":[0.1,16777217]})"), (std::vector<double>{0.1F, 16777216}));
  EXPECT_EQ(losses_in(R"({"id":"7","loss":["0.1","1/3"]})"), (std::vector<double>{0.1F, 1.0F / 3.0F}));
  // Just above the middle of two floats, which binary64 does not know.
  EXPECT_EQ(losses_in(R"({"id":"7","loss":["0x1.000001p0","0x1.00000100000000000001p0"]})"),
            (std::vector<double>{1, 1.0F + 0x1p-23F}));
  EXPECT_EQ(losses_in(R"({"id":"7","loss":["1e39","-inf"]})"), (std::vector<double>{HUGE_VAL, -HUGE_VAL}));
  EXPECT_TRUE(std::signbit(losses_in(R"({"id":"7","loss":[-0.0,"-1e-50"]})")[0]));
  EXPECT_TRUE(std::signbit(losses_in(R"({"id":"7","loss":[-0.0,"-1e-50"]})")[1]));
}

TEST(AnswerLine, NamesANumberBeyondAllFormats) {
  const std::string defect = read_two(R"({"id":"7","loss":[1e999999999999,1]})").defect;
  EXPECT_NE(defect.find("(number overflow parsing '1e999999999999') is not accepted"), std::string::npos)
      << defect;
}

TEST(AnswerLine, UnderstandsTheWordsOfPython) {
  const auto values = losses_in(R"({"id": "7", "loss": [NaN, -Infinity]})");
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_EQ(values[1], -HUGE_VAL);
  EXPECT_NE(read_two(R"({"id":"NaN","loss":[Infinity,1]})").defect.find("'NaN'"), std::string::npos);
}

TEST(AnswerLine, TakesAListOfOneWithoutItsBrackets) {
  const Asked one = {"7", 1, XENT_BINARY64};
  EXPECT_EQ(read_answer(R"({"id":"7","loss":0.1})", one).loss, std::vector<double>{0.1});
  EXPECT_EQ(read_answer(R"({"id":"7","loss":"0.1"})", one).loss, std::vector<double>{0.1});
}

TEST(AnswerLine, HasTheGradientInItsOwnFormat) {
  const Asked asked = {"7", 1, XENT_BINARY64, 2, XENT_BFLOAT16};
  const Response response = read_answer(R"({"id":"7","loss":0.1,"grad":{"bits":"3f80bf80"}})", asked);
  EXPECT_EQ(response.defect, "");
  EXPECT_EQ(response.grad, (std::vector<double>{1, -1}));
  EXPECT_NE(read_answer(R"({"id":"7","loss":0.1})", asked).defect.find("grad"), std::string::npos);
}

TEST(AnswerLine, PassesAStatusOn) {
  const Response response = read_two(R"({"id":"7","status":"unsupported"})");
  EXPECT_EQ(response.status, XENT_UNSUPPORTED);
  EXPECT_EQ(response.defect, "");
}

TEST(AnswerLine, SaysWhatIsWrong) {
  const struct {
    const char* line;
    std::vector<std::string> named;
  } kBad[] = {
      {"", {"JSON"}},
      {"hello", {"JSON"}},
      {"[1,2]", {"an object"}},
      {R"({"loss":[1,2]})", {"id", "required"}},
      {R"({"id":7,"loss":[1,2]})", {"id", "string"}},
      {R"({"id":"6","loss":[1,2]})", {"id", "'6'", "that of the case"}},
      {R"({"id":"7"})", {"loss", "required"}},
      {R"({"id":"7","loss":[1]})", {"loss", "1 values", "2 values"}},
      {R"({"id":"7","loss":1})", {"loss", "1 values", "2 values"}},
      {R"({"id":"7","loss":[1,null]})", {"loss[1]", "null", "number"}},
      {R"({"id":"7","loss":[1,"two"]})", {"loss[1]", "two", "decimal"}},
      {R"({"id":"7","loss":[1,[2]]})", {"loss[1]", "[2]"}},
      {R"({"id":"7","loss":{"bits":"3f80"}})", {"loss.bits", "4 digits", "8"}},
      {R"({"id":"7","loss":{"bits":"3f800000"}})", {"loss", "1 values", "2 values"}},
      {R"({"id":"7","loss":{"numbers":[1,2]}})", {"loss.bits", "required"}},
      {R"({"id":"7","loss":{"format":"binary64","bits":""}})", {"loss.format", "binary64", "binary32"}},
      {R"({"id":"7","loss":[1,2],"loss":[1,2]})", {"loss", "once"}},
      {R"({"id":"7","loss":[1,2],"extra":0})", {"extra", "unknown"}},
      {R"({"id":"7","status":"fine","loss":[1,2]})", {"status", "fine", "unsupported"}}};
  for (const auto& bad : kBad) {
    const std::string defect = read_two(bad.line).defect;
    for (const std::string& word : bad.named)
      EXPECT_NE(defect.find(word), std::string::npos) << bad.line << ": " << defect;
  }
}

}  // namespace
}  // namespace xent::properties
