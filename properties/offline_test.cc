#include "properties/offline.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "fast/implementations.h"
#include "golden/case.h"
#include "properties/declaration_line.h"
#include "properties/mutants.h"
#include "reference/format.h"

namespace xent::properties {
namespace {

using Declaration = std::shared_ptr<const xent_implementation>;

CheckOptions smoke(const std::string& law = "") {
  CheckOptions options;
  options.level = Level::smoke;
  options.only_law = law;
  options.shrink_budget = 0;  // there are no answers to smaller cases
  return options;
}

Declaration declaration_of(const xent_implementation& implementation) {
  return *read_declaration(write_declaration(implementation));
}

OfflineRun export_for(const xent_implementation& implementation, const std::string& law = "") {
  return *exported(declaration_of(implementation), smoke(law));
}

std::vector<golden::Case> questions_of(const OfflineRun& run) {
  return *golden::read_all(run.questions);
}

std::string list(const std::vector<double>& values) {
  std::string text;
  for (const double value : values)
    text += fmt::format("{}\"{}\"", text.empty() ? "" : ",", reference::hexfloat(value));
  return "[" + text + "]";
}

// What a program around the implementation writes.
std::string answer_line(const golden::Case& question, const Response& response) {
  if (response.status != XENT_OK) {
    const char* status = response.status == XENT_TARGET_OUT_OF_RANGE ? "target_out_of_range" : "unsupported";
    return fmt::format("{{\"id\":\"{}\",\"status\":\"{}\"}}\n", question.id, status);
  }
  std::string line = fmt::format("{{\"id\":\"{}\",\"loss\":{}", question.id, list(response.loss));
  if (!response.grad.empty()) line += ",\"grad\":" + list(response.grad);
  return line + "}\n";
}

std::string answers_of(const xent_implementation& implementation, const OfflineRun& run) {
  const Subject subject(implementation);
  std::string answers = write_declaration(implementation) + "\n";
  for (const golden::Case& question : questions_of(run))
    answers += answer_line(question, subject.run(question.problem));
  return answers;
}

Subject recording(const OfflineRun& run, const std::string& answers) {
  return Subject(*recorded(run, answers));
}

std::string summary(const Report& report) {
  std::string text;
  for (const LawVerdict& law : report.laws) {
    if (law.law->is_about_layouts) continue;  // of files nobody hands over memory
    text += fmt::format("{}: {} passed, {} failed, {} undecided, {} inadmissible\n", law.law->id, law.passed,
                        law.failed, law.undecided, law.inadmissible);
    for (const auto& failure : law.failures) text += failure.message + "\n";
  }
  return text;
}

// Whatever law asks, and whatever comes of it, is what the implementation is asked itself.
TEST(Offline, JudgesAsIfItWereAsked) {
  CheckOptions options = smoke();
  options.most_trials = 1;
  for (const xent_implementation* implementation :
       {fast::stable_implementation(), find_mutant("log_of_probability")->implementation}) {
    const OfflineRun run = *exported(declaration_of(*implementation), options);
    const Subject subject = recording(run, answers_of(*implementation, run));
    EXPECT_EQ(summary(check(subject, options)), summary(check(*implementation, options)))
        << implementation->name;
    EXPECT_EQ(subject.unrecorded(), 0) << implementation->name;
  }
}

// Laws that would stop short of what they ask next if they heard a wrong answer.
TEST(Offline, ExportsWithoutObjections) {
  const OfflineRun run = export_for(*fast::correct_implementation(), "purity");
  const auto questions = questions_of(run);
  ASSERT_GT(questions.size(), 3U);
  // Once, once more, and with threads.
  EXPECT_EQ(golden::write("", questions[0].problem), golden::write("", questions[1].problem));
}

TEST(Offline, HearsDifferentAnswersToTheSameQuestion) {
  const xent_implementation& stable = *fast::stable_implementation();
  const OfflineRun run = export_for(stable, "purity");
  const Subject subject(stable);
  std::string answers;
  int count = 0;
  for (const golden::Case& question : questions_of(run)) {
    Response response = subject.run(question.problem);
    for (double& loss : response.loss) loss += loss * (++count % 5) * 0x1p-20;
    answers += answer_line(question, response);
  }
  const Report report = check(recording(run, answers), smoke("purity"));
  EXPECT_GT(report.laws.at(0).failed, 0) << summary(report);
  EXPECT_NE(summary(report).find("the same call gave"), std::string::npos) << summary(report);
}

TEST(Offline, AQuestionWithoutAnAnswerIsAFinding) {
  const xent_implementation& stable = *fast::stable_implementation();
  const OfflineRun run = export_for(stable, "uniform");
  std::string answers = answers_of(stable, run);
  answers.erase(answers.rfind("{\"id\""));
  const Report report = check(recording(run, answers), smoke("uniform"));
  EXPECT_EQ(report.laws.at(0).failed, 1);
  EXPECT_NE(summary(report).find("it gave no answer to case "), std::string::npos) << summary(report);
}

TEST(Offline, WhatWasNotExportedDoesNotCount) {
  const xent_implementation& stable = *fast::stable_implementation();
  OfflineRun run = export_for(stable, "uniform");
  run.questions.erase(run.questions.rfind("{\"id\""));
  const Subject subject = recording(run, answers_of(stable, run));
  const LawVerdict verdict = check(subject, smoke("uniform")).laws.at(0);
  EXPECT_EQ(verdict.failed, 0);
  EXPECT_EQ(verdict.inadmissible, 1);
  EXPECT_EQ(subject.unrecorded(), 1);
}

TEST(Offline, AnInterruptedExportIsNone) {
  CheckOptions options = smoke();
  options.interrupted = [] { return true; };
  EXPECT_FALSE(exported(declaration_of(*fast::stable_implementation()), options).has_value());
}

TEST(Offline, SaysWhatIsWrongWithARun) {
  const OfflineRun run = export_for(*fast::stable_implementation(), "uniform");
  const std::string text = run_text(run);
  const auto error = [&](const std::string& from, const std::string& to) {
    std::string bad = text;
    bad.replace(bad.find(from), from.size(), to);
    const auto read = read_run(bad, run.questions);
    return read ? "accepted" : read.error().message;
  };
  EXPECT_EQ(error("uniform", "uniform"), "accepted");
  EXPECT_EQ(error("\"seed\": 1", "\"seed\": 2").substr(0, 8), "digest: ");
  EXPECT_EQ(error("\"smoke\"", "\"deep\""), "level: 'deep' is not accepted; accepted: smoke or standard");
  EXPECT_EQ(error("\"uniform\"", "\"even\""),
            "law: 'even' is not accepted; accepted: an id of `xent list laws`");
  EXPECT_EQ(error("\"xent\": \"", "\"xent\": \"old").substr(0, 10), "xent: 'old");
  EXPECT_EQ(error("\"xent_offline\": 1", "\"xent_offline\": 2").substr(0, 13), "xent_offline:");
  EXPECT_EQ(error("\"declare\"", "\"declares\"").substr(0, 12), "declaration:");
  const auto edited = read_run(text, run.questions + "\n");
  ASSERT_FALSE(edited.has_value());
  EXPECT_EQ(edited.error().message.substr(0, 8), "digest: ");
  EXPECT_EQ(run_text(*read_run(text, run.questions)), text);
}

TEST(Offline, SaysWhatIsWrongWithAnAnswer) {
  const xent_implementation& stable = *fast::stable_implementation();
  const OfflineRun run = export_for(stable, "uniform");
  const auto error = [&](const std::string& answers) {
    const auto remote = recorded(run, answers);
    return remote ? "accepted" : remote.error().message;
  };
  EXPECT_EQ(error(""), "accepted");
  EXPECT_EQ(error("\n" + write_declaration(stable) + "\r\n\r\n"), "accepted");
  EXPECT_EQ(error("{\"id\":\"1\",\"loss\":NaN}\n"), "accepted");
  const std::string accepted = "accepted: an answer with the id of a case";
  EXPECT_EQ(error("\nLoading...\n"), "line 2: 'Loading...' is not accepted; " + accepted);
  EXPECT_EQ(error("{\"loss\":1}\n"), "line 1: '{\"loss\":1}' is not accepted; " + accepted);
  EXPECT_EQ(error("{\"id\":\"1\",\"los"), "accepted");  // half a line is no answer
  EXPECT_EQ(error("{\"id\":\"0\"}\n").substr(0, 20), "line 1: '{\"id\":\"0\"}'");
  EXPECT_EQ(error("{\"id\":\"999999\"}\n").substr(0, 7), "line 1:");
  EXPECT_EQ(error("{\"id\":\"2\",\"loss\":1}\n{\"id\":\"2\",\"loss\":1}\n"),
            "line 2: id: '2' twice is not accepted; accepted: each id once");
  EXPECT_EQ(error(write_declaration(*fast::naive_implementation()) + "\n").substr(0, 24),
            "line 1: declare: another");
}

}  // namespace
}  // namespace xent::properties
