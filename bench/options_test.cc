#include "bench/options.h"

#include <gtest/gtest.h>

#include "properties/implementations.h"

namespace xent::bench {
namespace {

std::string refused(const std::vector<std::string>& arguments) {
  const auto options = parse(arguments);
  EXPECT_FALSE(options) << arguments[0];
  return options ? "" : options.error().message;
}

TEST(Options, AllWorkloadsNineTimesWithoutLossOptionsByDefault) {
  const auto options = parse({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->timing.repetitions, 9);
  ASSERT_EQ(options->operations.size(), 2u);
  EXPECT_EQ(options->operations[0], find_operation("forward"));
  EXPECT_EQ(options->operations[1], find_operation("forward+gradient"));
  ASSERT_EQ(options->formats.size(), 1u);
  EXPECT_EQ(options->formats[0]->id, XENT_BINARY32);
  EXPECT_FALSE(options->peers);
  EXPECT_EQ(options->shapes.size(), shapes().size());
  EXPECT_FALSE(options->even_if_wrong);
  EXPECT_TRUE(options->help.empty());
}

TEST(Options, QuickIsSmallAndOnceUnlessToldOtherwise) {
  const auto options = parse({"--quick"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->timing.repetitions, 1);
  ASSERT_FALSE(options->shapes.empty());
  for (const Shape& shape : options->shapes) EXPECT_TRUE(shape.quick) << shape.name();
  const auto thrice = parse({"--quick", "--repetitions", "3", "--workload", "128x128256"});
  ASSERT_TRUE(thrice);
  EXPECT_EQ(thrice->timing.repetitions, 3);
  ASSERT_EQ(thrice->shapes.size(), 1u);
  EXPECT_EQ(thrice->shapes[0].classes, 128256);
}

TEST(Options, EverythingCanBeSet) {
  const auto options = parse({"--seconds",
                              "0.5",
                              "--seed",
                              "7",
                              "--json",
                              "f.json",
                              "--even-if-wrong",
                              "--workload",
                              "4096x10",
                              "--workload",
                              "3x17",
                              "--plot",
                              "f.svg",
                              "--markdown",
                              "f.md",
                              "--peers",
                              "--formats",
                              "bfloat16,binary32",
                              "--operations",
                              "forward+gradient",
                              "fast"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->timing.seconds, 0.5);
  EXPECT_EQ(options->seed, 7u);
  EXPECT_EQ(options->json, "f.json");
  EXPECT_EQ(options->markdown, "f.md");
  EXPECT_EQ(options->plot, "f.svg");
  EXPECT_EQ(options->plot, "f.svg");
  EXPECT_TRUE(options->peers);
  EXPECT_TRUE(options->even_if_wrong);
  ASSERT_EQ(options->shapes.size(), 2u);
  EXPECT_EQ(options->shapes[1].name(), "3x17");
  EXPECT_EQ(options->implementations, std::vector<std::string>{"fast"});
  ASSERT_EQ(options->questions().size(), 2u);
  EXPECT_EQ(options->questions()[0].name(), "forward+gradient, bfloat16");
  EXPECT_EQ(options->questions()[1].name(), "forward+gradient, binary32");
}

TEST(Options, WhatIsNamedTwiceIsAskedOnce) {
  const auto options = parse({"--formats", "binary32,binary32", "--operations", "forward,forward",
                              "--workload", "4096x10", "--workload", "4096x10"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->questions().size(), 1u);
  EXPECT_EQ(options->shapes.size(), 1u);
}

TEST(Options, AllOperationsHaveOneName) {
  const auto options = parse({"--operations", "softmax,all"});
  ASSERT_TRUE(options);
  ASSERT_EQ(options->operations.size(), operations().size());
  EXPECT_EQ(options->operations[0], find_operation("softmax"));
}

TEST(Options, ImplementationsAreNamedWithoutAnOption) {
  const auto all = parse({});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->implementations.size(), properties::built_in_implementations().size());
  const auto two = parse({"fast", "--seed", "3", "./mine.so"});
  ASSERT_TRUE(two);
  EXPECT_EQ(two->implementations, (std::vector<std::string>{"fast", "./mine.so"}));
}

TEST(Options, HelpNamesThemAll) {
  const auto options = parse({"--help"});
  ASSERT_TRUE(options);
  for (const char* name :
       {"--repetitions", "--seconds", "--workload", "--seed", "--json", "--quick", "--even-if-wrong",
        "--plot", "--markdown", "--peers", "--operations", "--formats"}) {
    EXPECT_NE(options->help.find(name), std::string::npos) << name;
  }
  for (const Operation& operation : operations()) {
    const std::size_t name = options->help.find(std::string("\n  ") + operation.name + " ");
    ASSERT_NE(name, std::string::npos) << operation.name;
    const std::string line = options->help.substr(name, options->help.find('\n', name + 1) - name);
    EXPECT_TRUE(line.ends_with("  " + operation.description())) << line;
  }
}

TEST(Options, RefusalIsOneLineThatNamesOptionAndValue) {
  const std::vector<std::vector<std::string>> wrong = {
      {"--repetitions", "0"},  {"--repetitions", "many"}, {"--seconds", "-1"}, {"--seconds", "nan"},
      {"--json", ""},          {"--workload", "1x0"},     {"--seed", "-3"},    {"--seed", "x"},
      {"--frobnicate"},        {"--repetitions", "2.5"},  {"--plot", "f.txt"}, {"--operations", "backward"},
      {"--formats", "binary8"}};
  for (const auto& arguments : wrong) {
    const std::string message = refused(arguments);
    EXPECT_NE(message.find(arguments.front()), std::string::npos) << message;
    EXPECT_NE(message.find(arguments.back()), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
  EXPECT_TRUE(
      refused({"--workload", "1x0"}).starts_with("--workload: '1x0' is not accepted; accepted: ROWSxCLASSES"))
      << refused({"--workload", "1x0"});
  EXPECT_NE(refused({"--operations", "backward"}).find("forward+gradient"), std::string::npos);
  EXPECT_NE(refused({"--formats", "binary8"}).find("bfloat16"), std::string::npos);
}

}  // namespace
}  // namespace xent::bench
