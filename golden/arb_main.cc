// xent-golden-arb FILE...: confirms the answers of all cases in the files by FLINT/Arb. Prints a line per
// file and one per finding; exit status 0 if there is none, 1 if there is, 2 if a file cannot be read.
//
// xent-golden-arb --answer: answers the cases of its standard input, as `xent check --command` asks a
// program.

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "golden/arb_answers.h"
#include "golden/arb_oracle.h"

namespace {

int answer_all() {
  std::cout << xent::arb::declaration() << std::endl;
  for (std::string line; std::getline(std::cin, line);) std::cout << xent::arb::answer(line) << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: xent-golden-arb FILE... | --answer\n", stderr);
    return 2;
  }
  if (argc == 2 && std::string(argv[1]) == "--answer") return answer_all();
  int status = 0;
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    if (!file) {
      std::fprintf(stderr, "%s: cannot be read\n", argv[i]);
      return 2;
    }
    const auto report = xent::arb::check(text);
    for (const std::string& finding : report.findings) std::printf("%s\n", finding.c_str());
    std::printf("%s: %zu cases, %zu answers, %zu comparisons, %zu findings\n", argv[i], report.cases,
                report.answers, report.comparisons, report.findings.size());
    if (!report.findings.empty() || report.cases == 0) status = 1;
  }
  return status;
}
