#include "properties/junit.h"

#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "fast/implementations.h"
#include "properties/judge.h"
#include "properties/printable.h"
#include "properties/report.h"

namespace xent::properties {
namespace {

pugi::xml_document parsed(const Report& report) {
  pugi::xml_document document;
  EXPECT_TRUE(document.load_string(junit_report(report).c_str()));
  return document;
}

Report a_report() {
  CheckOptions options;
  options.implementation = R"(./a "b" <&> c.so)";
  options.level = Level::smoke;
  options.most_trials = 12;
  options.shrink_budget = 20000;
  return check(*fast::naive_implementation(), options);
}

TEST(Junit, HasATestCaseForEveryLaw) {
  const Report report = a_report();
  const pugi::xml_document document = parsed(report);
  const pugi::xml_node suite = document.child("testsuites").child("testsuite");
  EXPECT_STREQ(suite.attribute("name").value(), report.implementation.c_str());
  EXPECT_EQ(suite.attribute("tests").as_int(), static_cast<int>(report.laws.size()));
  EXPECT_EQ(suite.attribute("errors").as_int(-1), 0);
  int failures = 0;
  int skipped = 0;
  auto test = suite.child("testcase");
  for (const LawVerdict& verdict : report.laws) {
    EXPECT_STREQ(test.attribute("name").value(), verdict.law->id);
    EXPECT_EQ(test.attribute("classname").value(), "xent." + report.implementation);
    const bool fails = verdict.kind == LawVerdict::Kind::fail;
    const bool skips = verdict.kind == LawVerdict::Kind::skip;
    EXPECT_EQ(!test.child("failure").empty(), fails) << verdict.law->id;
    EXPECT_EQ(!test.child("skipped").empty(), skips) << verdict.law->id;
    if (skips) {
      EXPECT_STREQ(test.child("skipped").attribute("message").value(), verdict.reason.c_str());
    }
    if (fails) {
      const std::string text = test.child("failure").text().get();
      for (const Failure& failure : verdict.failures)
        EXPECT_NE(text.find(failure.message), std::string::npos);
      EXPECT_NE(text.find("xent check " + report.implementation + " --law "), std::string::npos);
    }
    failures += fails ? 1 : 0;
    skipped += skips ? 1 : 0;
    test = test.next_sibling("testcase");
  }
  EXPECT_TRUE(test.empty());
  EXPECT_GT(failures, 0);
  EXPECT_GT(skipped, 0);
  EXPECT_EQ(suite.attribute("failures").as_int(), failures);
  EXPECT_EQ(suite.attribute("skipped").as_int(), skipped);
}

TEST(Junit, CallsAnInterruptedRunAnError) {
  Report report;
  report.implementation = "mine";
  report.finished = false;
  const pugi::xml_document document = parsed(report);
  const pugi::xml_node suite = document.child("testsuites").child("testsuite");
  EXPECT_EQ(suite.attribute("tests").as_int(), 1);
  EXPECT_EQ(suite.attribute("errors").as_int(), 1);
  EXPECT_FALSE(suite.child("testcase").child("error").empty());
}

TEST(Printable, LeavesTextAloneAndReplacesWhatIsNone) {
  EXPECT_EQ(printable("a\tb\nc \xc3\xa9 <&>"), "a\tb\nc \xc3\xa9 <&>");
  EXPECT_EQ(printable("a\x01z\x7f"), "a\uFFFDz\uFFFD");
  EXPECT_EQ(printable("a\xff"), "a\uFFFD");
  EXPECT_EQ(printable("\u0085\u009b31m\u00a0"), "\uFFFD\uFFFD31m\u00a0");
  EXPECT_EQ(printable("\uFFFD\uFFFE\uFFFF\U00010000\U0001FFFF"), "\uFFFD\uFFFD\uFFFD\U00010000\U0001FFFF");
  EXPECT_EQ(one_line("a\tb\n\033[2Jc"), "a b \uFFFD[2Jc");
}

TEST(TextReport, KeepsWhatOthersWriteToItsLine) {
  xent_implementation liar = *fast::stable_implementation();
  liar.name = "liar\n  mask               skip  \033[32m";
  liar.version = "1\n";
  CheckOptions options;
  options.level = Level::smoke;
  options.only_law = "mask";
  options.most_trials = 1;
  options.implementation = "liar.so";
  const std::string text = text_report(check(liar, options));
  EXPECT_TRUE(text.starts_with("liar   mask               skip  \uFFFD[32m 1 , level smoke, seed 1\n\n"))
      << text;
}

}  // namespace
}  // namespace xent::properties
