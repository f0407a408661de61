#include "properties/cli/offline_folder.h"

#include "properties/cli/command.h"

namespace xent::properties::cli {

OfflineRun run_in(const std::string& folder) {
  const OfflineFolder files(folder);
  return read_as(files.run,
                 [&files](const std::string& text) { return read_run(text, read_file(files.questions)); });
}

Subject answering_in(const std::string& folder) {
  return Subject(read_as(OfflineFolder(folder).answers, [&folder](const std::string& answers) {
    return recorded(run_in(folder), answers);
  }));
}

}  // namespace xent::properties::cli
