#include "golden/fuzzed_parsers.h"

#include "golden/arb_oracle.h"
#include "golden/case.h"
#include "golden/exact_text.h"
#include "golden/exhaustive.h"
#include "golden/sets.h"

namespace xent::golden {
namespace {

std::vector<std::string> numbers() {
  return {"0.75", "-12.5e-3", "7/10", "-1/3",  "0x1.8p-3",
          "inf",  "-inf",     "nan",  "1e400", "123456789012345678901234567890"};
}

bool accepts_number(std::string_view text) {
  const auto number = reference::parse_number(text);
  if (!is_read(number)) return false;
  const auto copy = reference::parse_number(number->to_string());
  require(is_read(copy) && (number->is_nan() ? copy->is_nan() : *copy == *number), "a number is changed");
  return true;
}

std::vector<std::string> enclosure_ends() {
  return {"0x1.8p+3", "-0xf.fp-200", "0x0p+0", "0x123456789abcdef.8p-1074"};
}

bool accepts_enclosure_end(std::string_view text) {
  const auto end = parse_dyadic(text);
  if (end) require(at_most(*end, *end), "an end is not at most itself");
  return end.has_value();
}

bool accepts_case(std::string_view text) {
  const auto found = read(text);
  if (!is_read(found)) return false;
  const std::string line = write(*found);
  const auto copy = read(line);
  require(is_read(copy) && write(*copy) == line, "a case is changed");
  return true;
}

std::vector<std::string> progress_of_sweeps() {
  const Block block{{1, 2, 3, 4}, 0x123456789abcdef0};
  return {header_line(sweeps()[0]) + block_line(1, block) + block_line(2, block), header_line(sweeps()[1])};
}

bool accepts_progress(std::string_view text) {
  const auto progress = read_progress(text);
  if (!is_read(progress)) return false;
  require(progress->sweep != nullptr && progress->digest().size() == 16, "progress of nothing");
  return true;
}

bool second_oracle_confirms(std::string_view text) {
  arb::Report report;
  arb::check_line(text, report);
  return report.findings.empty();
}

constexpr FuzzedParser kParsers[] = {{"number", numbers, accepts_number},
                                     {"enclosure_end", enclosure_ends, accepts_enclosure_end},
                                     {"case", short_case_lines, accepts_case},
                                     {"progress", progress_of_sweeps, accepts_progress},
                                     {"second_oracle", short_case_lines, second_oracle_confirms}};

}  // namespace

std::span<const FuzzedParser> fuzzed_parsers() {
  return kParsers;
}

}  // namespace xent::golden
