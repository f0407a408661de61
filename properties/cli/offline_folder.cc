#include "properties/cli/offline_folder.h"

#include <filesystem>
#include <system_error>

#include "properties/cli/command.h"

namespace xent::properties::cli {

OfflineRun run_in(const std::string& folder) {
  const OfflineFolder files(folder);
  if (std::error_code error; !std::filesystem::exists(files.run, error)) {
    throw BadInput{
        "implementation: '" + folder +
        "' is a folder without run.json; accepted: a folder that `xent export` wrote questions to "
        "and that holds the answers, a built-in name (fast, correct, stable, naive, mutant:ID), or "
        "a shared library"};
  }
  return read_as(files.run,
                 [&files](const std::string& text) { return read_run(text, read_file(files.questions)); });
}

Subject answering_in(const std::string& folder) {
  return Subject(read_as(OfflineFolder(folder).answers, [&folder](const std::string& answers) {
    return recorded(run_in(folder), answers);
  }));
}

}  // namespace xent::properties::cli
