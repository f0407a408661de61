#include "bench/plot.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace xent::bench {
namespace {

// A script that copies what it reads to the file it is to make, in the language of any shell.
class Script : public testing::Test {
 protected:
  Script() { std::filesystem::create_directory(folder_); }
  ~Script() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path script(const std::string& text) const {
    std::ofstream(folder_ / "script") << text;
    return folder_ / "script";
  }
  std::string file() const { return (folder_ / "plot.svg").string(); }
  static std::string content(const std::string& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

 private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("xent_plot_test_" + std::to_string(getpid()));
};

TEST_F(Script, ReadsTheResultsAndMakesTheFile) {
  const std::string json(300000, 'x');  // more than a pipe holds
  EXPECT_TRUE(draw_plot("sh", script("[ \"$1\" = - ] && cat > \"$2\""), json, file()));
  EXPECT_EQ(content(file()), json);
}

TEST_F(Script, FailureIsSaid) {
  EXPECT_FALSE(draw_plot("sh", script("exit 1"), "{}", file()));
  EXPECT_FALSE(draw_plot("no_such_program", script(""), "{}", file()));
}

TEST(PlottingPython, IsTheFirstThatHasMatplotlib) {
  // Of these only the second can be run and succeeds on any arguments.
  const std::string candidates[] = {"no_such_program", "true", "false"};
  const auto found = find_plotting_python(candidates);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, "true");
}

TEST(PlottingPython, WhereThereIsNoneThePackageIsNamed) {
  const std::string candidates[] = {"no_such_program", "false"};
  const auto found = find_plotting_python(candidates);
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message.find("python3-matplotlib"), std::string::npos);
}

}  // namespace
}  // namespace xent::bench
