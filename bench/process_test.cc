#include "bench/process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace xent::bench {
namespace {

TEST(Process, AnswersEveryMessageInAnotherProcess) {
  Process process([](const std::string& message) { return message + " " + std::to_string(getpid()); });
  const auto first = process.ask("one");
  const auto second = process.ask("two");
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  EXPECT_TRUE(first->starts_with("one "));
  EXPECT_EQ(first->substr(4), second->substr(4));
  EXPECT_NE(first->substr(4), std::to_string(getpid()));
}

TEST(Process, SeesMemoryAsItWasAndChangesNone) {
  int number = 7;
  Process process([&](const std::string&) { return std::to_string(number++); });
  number = 100;
  EXPECT_EQ(*process.ask("?"), "7");
  EXPECT_EQ(*process.ask("?"), "8");
  EXPECT_EQ(number, 100);
}

TEST(Process, LongMessagesArriveWhole) {
  Process process([](const std::string& message) { return message; });
  const std::string longest(Process::kLongestMessage, 'x');
  EXPECT_EQ(*process.ask(longest), longest);
}

TEST(Process, ACrashIsAnErrorThatSaysSoAgainAndAgain) {
  Process process([](const std::string&) -> std::string {
    signal(SIGTERM, SIG_DFL);
    raise(SIGTERM);
    return "";
  });
  for (int i = 0; i < 2; ++i) {
    const auto answer = process.ask("?");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().message, "its process was ended by signal 15 (Terminated)");
  }
}

TEST(Process, AnExitIsAnError) {
  Process process([](const std::string&) -> std::string { _exit(3); });
  EXPECT_EQ(process.ask("?").error().message, "its process ended with exit status 3");
}

TEST(Process, AnExceptionIsAnError) {
  Process process([](const std::string&) -> std::string { throw std::runtime_error("no more memory"); });
  EXPECT_EQ(process.ask("?").error().message, "its process ended with exit status 1");
}

TEST(Process, EndsWithItsOwner) {
  pid_t pid = 0;
  {
    Process process([](const std::string&) { return std::to_string(getpid()); });
    pid = std::stoi(*process.ask("?"));
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_EQ(kill(pid, 0), -1);
}

}  // namespace
}  // namespace xent::bench
