#include "properties/program.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "golden/case.h"
#include "properties/judge.h"

namespace xent::properties {
namespace {

using reference::Number;
using reference::Problem;

// What every program here says first.
const std::string kDeclare =
    R"(echo '{"declare":"it","claims":[{"loss":"softmax_cross_entropy","input_formats":["binary32"],)"
    R"("loss_formats":["binary32"]}]}'; )";

// Answers the case that was read with `loss`.
std::string answering(const std::string& loss) {
  return R"(id=${line#*\"id\":\"}; id=${id%%\"*}; echo "{\"id\":\"$id\",)" + loss + R"(}"; )";
}

// A program that does this with each case, and one that does it with the first.
std::string for_each(const std::string& deed) {
  return kDeclare + "while read -r line; do " + deed + " done";
}

Problem one_row() {
  Problem p;
  p.loss = "softmax_cross_entropy";
  p.rows = 1;
  p.classes = 3;
  p.input.assign(3, Number(1.0));
  p.targets = {0};
  p.input_format = XENT_BINARY32;
  p.loss_format = XENT_BINARY32;
  return p;
}

Limits half_a_second() {
  Limits limits;
  limits.call_seconds = 0.5;
  return limits;
}

std::shared_ptr<Remote> start(const std::string& command, const Limits& limits = half_a_second()) {
  auto remote = program(command, limits);
  EXPECT_TRUE(remote.has_value()) << remote.error().message;
  return remote ? *remote : nullptr;
}

// Though the shell that starts it would keep the pipe open as long as it lives.
TEST(Program, IsNotWaitedForWhenItClosedItsOutput) {
  const std::string path = testing::TempDir() + "closes_its_output.sh";
  std::ofstream(path) << "#!/bin/sh\n" << kDeclare << "read -r line; exec >&-; exec sleep 100\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  Limits patient = half_a_second();
  patient.call_seconds = 20;
  const auto remote = start(path, patient);
  EXPECT_EQ(remote->run(one_row(), {}).defect, "it closed its output");
}

TEST(Program, AnswersEachCase) {
  const auto remote = start(for_each(answering(R"(\"loss\":0.5)")));
  EXPECT_STREQ(remote->declaration().name, "it");
  for (int i = 0; i < 100; ++i) {
    const Response response = remote->run(one_row(), {});
    EXPECT_EQ(response.defect, "");
    EXPECT_EQ(response.loss, std::vector<double>{0.5});
  }
}

TEST(Program, MayDecline) {
  const Response response = start(for_each(answering(R"(\"status\":\"unsupported\")")))->run(one_row(), {});
  EXPECT_EQ(response.defect, "");
  EXPECT_EQ(response.status, XENT_UNSUPPORTED);
}

TEST(Program, TakesALineLongerThanAnyPipe) {
  Problem p = one_row();
  p.classes = 1000000;
  p.input.assign(1000000, Number(1.0));
  Limits limits;
  const auto remote =
      start(kDeclare + R"(bytes=$(head -n 1 | wc -c); echo "{\"id\":\"1\",\"loss\":$bytes}")", limits);
  const Response response = remote->run(p, {});
  EXPECT_EQ(response.defect, "");
  EXPECT_EQ(response.loss, std::vector<double>{static_cast<double>(golden::write("1", p).size() + 1)});
}

TEST(Program, HasToDeclareItself) {
  const struct {
    const char* command;
    std::vector<std::string> named;
  } kBad[] = {{"true", {"did not declare itself", "exit(0)"}},
              {"no-such-program-anywhere", {"exit(127)", "no-such-program-anywhere"}},
              {"echo hello", {"declaration", "JSON"}},
              {"echo '{}'", {"declaration", "declare"}},
              {R"(echo '{"declare":"it","claims":[{"loss":"hinge"}]}')", {"claims[0].loss", "hinge"}}};
  for (const auto& bad : kBad) {
    const auto remote = program(bad.command, {});
    ASSERT_FALSE(remote.has_value()) << bad.command;
    for (const std::string& word : bad.named)
      EXPECT_NE(remote.error().message.find(word), std::string::npos) << remote.error().message;
  }
}

// What a program may do instead of answering, and how what is said of it begins.
struct Misdeed {
  const char* name;
  std::string command;
  const char* defect;
};

void PrintTo(const Misdeed& misdeed, std::ostream* out) {
  *out << misdeed.name;
}

const Misdeed kMisdeeds[] = {
    {"garbage", for_each("echo hello;"), "its answer is none: line: \"hello\" (parse error"},
    {"binary_garbage", for_each("head -c 100 /dev/urandom | tr '\\n' 'x'; echo;"), "its answer is none: "},
    {"wrong_case", for_each(R"(echo '{"id":"0","loss":0.5}';)"),
     "its answer is none: id: '0' is not accepted; accepted: that of the case"},
    {"wrong_count", for_each(answering(R"(\"loss\":[1,2,3,4,5])")),
     "its answer is none: loss: 5 values is not accepted; accepted: 1 values"},
    {"two_lines", for_each(R"(printf '{"id":"1","loss":0.5}\n{"id":"1","loss":0.5}\n';)"),
     "it wrote more than one line for a case"},
    {"silence", for_each("true;"), "no answer in time"},
    {"late", for_each("sleep 5; " + answering(R"(\"loss\":0.5)")), "no answer in time"},
    {"no_flush", kDeclare + "cat > /dev/null", "no answer in time"},
    {"closed_output", kDeclare + "exec >&-; cat > /dev/null", "it closed its output"},
    {"closed_input", kDeclare + "exec <&-; sleep 5", "no answer in time"},
    {"endless_line", for_each("yes | tr -d '\\n';"), "it wrote more than 66636 bytes without a newline"},
    {"half_a_line", for_each("printf '{\"id\":'; exit 0;"), "it called exit(0)"},
    {"exit", for_each("exit 3;"), "it called exit(3)"},
    {"complaint", for_each("echo 'Traceback' >&2; echo 'ZeroDivisionError: division by zero' >&2; exit 1;"),
     "it called exit(1), having complained: ZeroDivisionError: division by zero"},
    {"signal", for_each("kill -SEGV $$;"), "it ended the process: signal 11 (Segmentation fault)"},
};

class EveryMisdeed : public testing::TestWithParam<Misdeed> {};

TEST_P(EveryMisdeed, IsNamed) {
  const auto remote = start(GetParam().command);
  const std::string defect = remote->run(one_row(), {}).defect;
  EXPECT_TRUE(defect.starts_with(GetParam().defect)) << defect;
}

TEST_P(EveryMisdeed, IsFoundByEachLawWithACase) {
  Limits limits;
  limits.call_seconds = 0.2;
  CheckOptions options;
  options.level = Level::smoke;
  options.most_trials = 1;
  options.shrink_budget = 300;  // one or two simplifications
  const Subject subject(start(GetParam().command, limits));
  for (const char* law : {"accuracy", "sandwich", "permutation"}) {
    options.only_law = law;
    const Report report = check(subject, options);
    ASSERT_EQ(report.laws.size(), 1U);
    ASSERT_EQ(report.laws.front().failures.size(), 1U) << law;
    EXPECT_NE(report.laws.front().failures.front().message, "");
  }
}

INSTANTIATE_TEST_SUITE_P(Program, EveryMisdeed, testing::ValuesIn(kMisdeeds),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Program, IsStartedAgain) {
  // Dies of every second case.
  const auto remote =
      start(kDeclare + "read -r line; " + answering(R"(\"loss\":0.5)") + "read -r line; exit 3");
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(remote->run(one_row(), {}).loss, std::vector<double>{0.5});
    EXPECT_EQ(remote->run(one_row(), {}).defect, "it called exit(3)");
  }
  EXPECT_GT(remote->times_lost(), 0);
}

TEST(Program, SeesTheEndOfItsInput) {
  const std::string trace = testing::TempDir() + "xent_saw_the_end";
  std::remove(trace.c_str());
  start(for_each(answering(R"(\"loss\":0.5)")) + "; touch '" + trace + "'")->run(one_row(), {});
  EXPECT_EQ(std::remove(trace.c_str()), 0);
}

// 1074 digits behind the point.
TEST(Program, MayWriteExactDecimals) {
  Problem p = one_row();
  p.rows = 200;
  p.input.assign(600, Number(1.0));
  p.targets.assign(200, 0);
  const auto remote = start(kDeclare + R"(read -r line; awk 'BEGIN { printf "{\"id\":\"1\",\"loss\":[";
      for (i = 0; i < 200; ++i) { printf "%s\"0.", i ? "," : ""; for (j = 0; j < 1074; ++j) printf "0"; printf "\"" }
      print "]}" }')");
  const Response response = remote->run(p, {});
  EXPECT_EQ(response.defect, "");
  EXPECT_EQ(response.loss, std::vector<double>(200, 0));
}

TEST(Program, HasNoLayouts) {
  CheckOptions options;
  options.level = Level::smoke;
  options.only_law = "layout";
  const Report report = check(Subject(start(for_each(answering(R"(\"loss\":0.5)")))), options);
  EXPECT_EQ(report.laws.front().kind, LawVerdict::Kind::skip);
}

TEST(Program, IsLimitedInMemory) {
  Limits limits;
  limits.memory_bytes = 64 << 20;
  const auto remote = start(kDeclare + "read -r line; head -c 1000000000 /dev/zero | tail", limits);
  const std::string defect = remote->run(one_row(), {}).defect;
  EXPECT_NE(defect.find("memory"), std::string::npos) << defect;
}

}  // namespace
}  // namespace xent::properties
