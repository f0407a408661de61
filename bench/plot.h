// The picture of a run, drawn by matplotlib.
#ifndef XENT_BENCH_PLOT_H
#define XENT_BENCH_PLOT_H

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reference/expected.h"

namespace xent::bench {

// Programs that may be the Python that has matplotlib: the one found first, and Debian's, whose packages
// another one does not see.
inline const std::vector<std::string> kPythons = {"python3", "/usr/bin/python3"};

// The first of the programs that has matplotlib. Status: an error says what has to be installed.
reference::Expected<std::string> find_plotting_python(std::span<const std::string> pythons);

// Runs the script of plot.py on the results, as report.h writes them in JSON, to make the file. Its
// complaints go to the standard error output. Returns whether it did.
bool draw_plot(const std::string& python, const std::filesystem::path& script, const std::string& json,
               const std::string& file);

}  // namespace xent::bench

#endif  // XENT_BENCH_PLOT_H
