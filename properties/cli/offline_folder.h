// An offline run as the files of a folder.
#ifndef XENT_PROPERTIES_CLI_OFFLINE_FOLDER_H
#define XENT_PROPERTIES_CLI_OFFLINE_FOLDER_H

#include <string>

#include "properties/offline.h"

namespace xent::properties::cli {

struct OfflineFolder {
  explicit OfflineFolder(const std::string& folder)
      : run(folder + "/run.json"),
        questions(folder + "/questions.jsonl"),
        answers(folder + "/answers.jsonl") {}

  std::string run;
  std::string questions;
  std::string answers;
};

// What was exported to the folder. Throws BadInput if that is not there, or not as it was written.
OfflineRun run_in(const std::string& folder);
// Whoever gave the answers that were put beside it. Throws BadInput if there are none, or one is none.
Subject answering_in(const std::string& folder);

}  // namespace xent::properties::cli

#endif  // XENT_PROPERTIES_CLI_OFFLINE_FOLDER_H
