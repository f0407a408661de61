// xent-golden-arb FILE...: confirms the answers of all cases in the files by FLINT/Arb. Prints a line per
// file and one per finding; exit status 0 if there is none, 1 if there is, 2 if a file cannot be read.

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "golden/arb_oracle.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: xent-golden-arb FILE...\n", stderr);
    return 2;
  }
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
