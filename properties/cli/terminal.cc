#include "properties/cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "properties/cli/numbers.h"

namespace xent::properties::cli {
namespace {

// Often enough to be seen moving.
constexpr double kRedrawSeconds = 0.1;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Of a run of which this part took so long.
std::string time_left(double done, double seconds) {
  constexpr double kEnoughToTell = 0.05;
  if (done < kEnoughToTell || seconds < 1) return "";
  const double left = seconds * (1 - done) / done;
  return left < 90 ? fmt::format(", about {:.0f} s left", std::ceil(left))
                   : fmt::format(", about {:.0f} min left", std::ceil(left / 60));
}

}  // namespace

bool shows_colour() {
  return isatty(STDOUT_FILENO) != 0 && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

std::string progress_text(const Progress& progress, double seconds) {
  std::string text = progress.round > 0 ? fmt::format("round {}, ", progress.round + 1) : "";
  text += progress.searches
              ? fmt::format("search ({})", progress.law->id)
              : fmt::format("law {} of {} ({})", progress.laws_done + 1, progress.laws, progress.law->id);
  text += fmt::format(", {:.0f}%{}", std::floor(100 * progress.done), time_left(progress.done, seconds));
  if (progress.failures > 0)
    text += fmt::format(", {} failure{}", progress.failures, progress.failures == 1 ? "" : "s");
  return text;
}

void add_progress_interval(CLI::App& command, double& seconds) {
  command
      .add_option("--progress-interval", seconds,
                  "seconds between lines on how far the run is, where standard error is no terminal")
      ->check(number_between(0, 86400))
      ->capture_default_str();
}

ProgressLine::ProgressLine(double interval)
    : is_terminal_(isatty(STDERR_FILENO) != 0), interval_(is_terminal_ ? kRedrawSeconds : interval) {}

void ProgressLine::show(const Progress& progress) {
  const auto now = Clock::now();
  if (std::chrono::duration<double>(now - last_).count() < interval_) return;
  std::string text = progress_text(progress, std::chrono::duration<double>(now - start_).count());
  if (text == shown_) return;
  last_ = now;
  shown_ = std::move(text);
  if (is_terminal_) {
    fmt::print(stderr, "\r\033[K{}", shown_);
  } else {
    fmt::print(stderr, "xent: {}\n", shown_);
  }
  std::fflush(stderr);
}

void ProgressLine::clear() {
  if (is_terminal_ && !shown_.empty()) fmt::print(stderr, "\r\033[K");
  shown_.clear();
}

}  // namespace xent::properties::cli
