#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "core/media/table/table.h"
#include "core/protocol/server.h"
#include "core/protocol/table.h"

namespace orrery::engine {

/// Answers table/open and table/series. Keeps the index of the last table, not its values, so that
/// each further question reads what it asks for and no more. Thread-safe.
class TableStore {
 public:
  /// Throws what makes the file no table at all; what is wrong further down is among the problems.
  protocol::OpenTableResult open(const protocol::OpenTableParams& params,
                                 protocol::RequestContext& context);
  protocol::TableSeriesResult series(const protocol::TableSeriesParams& params,
                                     protocol::RequestContext& context);

 private:
  std::shared_ptr<const media::table::Table> table(const std::string& path, const Json& settings,
                                                   protocol::RequestContext& context);

  /// What a table was read from; a file that has changed is another.
  struct Key {
    std::string path;
    Json settings;
    std::filesystem::file_time_type changed;
    std::uintmax_t size = 0;
    bool operator==(const Key&) const = default;
  };

  std::mutex mutex_;  ///< guards what follows
  Key key_;
  std::shared_ptr<const media::table::Table> table_;
};

}  // namespace orrery::engine
