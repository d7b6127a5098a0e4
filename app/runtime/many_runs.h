#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <vector>

#include "app/cli/runtime.h"

namespace orrery {

/// Many inputs through one pipeline, each on one thread from its file to its result: a picture is
/// read while the model looks at others, and nothing waits for all threads after each operation.
class ManyRuns {
 public:
  /// All must outlive this object.
  ManyRuns(const LoadedPipeline& pipeline, const std::vector<OrderedJson>& inputs,
           const OrderedJson& options)
      : pipeline_(pipeline), inputs_(inputs), options_(options) {}

  /// Tells the outcomes in the order of the inputs, on the caller's thread. What `done` throws ends
  /// the work.
  void run(const OutcomeCallback& done);

 private:
  void work();
  Outcome outcomeOf(std::size_t index) const;
  /// The next input, or none. Waits where too many outcomes have not been told yet.
  std::size_t claim();
  Outcome take(std::size_t index);
  void stop();

  const LoadedPipeline& pipeline_;
  const std::vector<OrderedJson>& inputs_;
  const OrderedJson& options_;
  std::size_t ahead_ = 1;  ///< inputs that may be begun before an outcome is told

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t begun_ = 0, told_ = 0;
  bool stopped_ = false;
  std::map<std::size_t, Outcome> finished_;
};

}  // namespace orrery
