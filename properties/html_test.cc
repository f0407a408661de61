#include "properties/html.h"

#include <gtest/gtest.h>

#include "fast/implementations.h"
#include "properties/judge.h"
#include "properties/replay.h"

namespace xent::properties {
namespace {

Report a_report(const xent_implementation& implementation, const std::string& name) {
  CheckOptions options;
  options.implementation = name;
  options.level = Level::smoke;
  options.most_trials = 12;
  options.shrink_budget = 20000;
  return check(implementation, options);
}

bool contains(const std::string& page, const std::string& text) {
  return page.find(text) != std::string::npos;
}

std::string escaped(const std::string& text) {
  std::string html;
  for (const char c : text) {
    html += c == '&'    ? "&amp;"
            : c == '<'  ? "&lt;"
            : c == '>'  ? "&gt;"
            : c == '"'  ? "&quot;"
            : c == '\'' ? "&apos;"
                        : std::string(1, c);
  }
  return html;
}

TEST(Html, ShowsEveryLawLossAndFailure) {
  const Report report = a_report(*fast::naive_implementation(), "naive");
  const std::string page = html_report(report);
  EXPECT_TRUE(contains(page, "naive does NOT conform to its claims"));
  int failures = 0;
  for (const LawVerdict& verdict : report.laws) {
    EXPECT_TRUE(contains(page, std::string("<b>") + verdict.law->id + "</b>"));
    for (const Failure& failure : verdict.failures) {
      ++failures;
      EXPECT_TRUE(contains(page, escaped(failure.message))) << failure.message;
      EXPECT_TRUE(contains(page, escaped(replay_command("naive", verdict.law->id, failure.trial))));
    }
  }
  EXPECT_GT(failures, 0);
  for (const LossAccuracy& loss : report.accuracy) EXPECT_TRUE(contains(page, "<h3>" + loss.loss + "</h3>"));
  EXPECT_FALSE(contains(page, "{{"));
}

TEST(Html, ShowsTheBitsOfAFailureAndTheCertifiedValue) {
  Report report = a_report(*fast::stable_implementation(), "stable");
  const auto trial = trial_of_line(
      R"({"id":"x","loss":"softmax_cross_entropy","rows":1,"classes":2,"input":{"space":"logits","format":"binary32",)"
      R"("bits":"0000000000000000"},"targets":[1],"loss_format":"binary32"})");
  ASSERT_TRUE(trial);
  report.laws.front().kind = LawVerdict::Kind::fail;
  report.laws.front().failures = {{*trial, "wrong", 3}};
  const std::string page = html_report(report);
  EXPECT_TRUE(contains(page, "<td>logits[0, 1]</td><td>0</td><td>0x0p+0</td><td>00000000</td>"));
  EXPECT_TRUE(contains(page, "[6.9314718055994530941e-01, 6.9314718055994530942e-01]"));
  EXPECT_TRUE(contains(page, "0x1.62e43p-1"));
  EXPECT_TRUE(contains(page, "<td>3f317218</td>"));
}

TEST(Html, EscapesWhatAnImplementationCallsItself) {
  Report report = a_report(*fast::stable_implementation(), "<img src=x onerror=\"alert(1)\"> & '{{name}}'");
  report.name = "<script>alert(1)</script>";
  const std::string page = html_report(report);
  EXPECT_FALSE(contains(page, "<img"));
  EXPECT_FALSE(contains(page, "<script>alert"));
  EXPECT_TRUE(contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_TRUE(contains(page, "&amp; &apos;{{name}}&apos;"));
}

TEST(Html, OfAnInterruptedRunSaysSo) {
  Report report = a_report(*fast::stable_implementation(), "stable");
  EXPECT_TRUE(contains(html_report(report), "class=\"verdict good\""));
  report.finished = false;
  const std::string page = html_report(report);
  EXPECT_TRUE(contains(page, "class=\"verdict warn\""));
  EXPECT_FALSE(contains(page, "stable conforms"));
}

}  // namespace
}  // namespace xent::properties
