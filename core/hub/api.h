#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/hub/card.h"
#include "core/hub/gate.h"
#include "core/hub/http_fetch.h"
#include "core/hub/model_info.h"
#include "core/hub/model_query.h"

namespace orrery::hub {

struct ModelPage {
  std::vector<ModelInfo> models;
  std::string next;  ///< address of the next page; empty: this is the last
};

/// The hub's questions and answers. Each call is done when it returns; an Error names the address,
/// the field, what was found and what was expected, or says what refuses. What is kept in memory is
/// bounded, whatever the server sends. Drives `client`, which must outlive it; not thread-safe.
class Api {
 public:
  explicit Api(HttpClient& client, CancelToken cancel = {})
      : client_(client), cancel_(std::move(cancel)) {}

  ModelPage search(const ModelQuery& query);
  ModelPage page(const std::string& url);  ///< ModelPage::next of a page before

  /// `revision`: a branch, tag, hash, or empty for main.
  ModelInfo model(const std::string& id, const std::string& revision = {});
  Refs refs(const std::string& id);
  /// README.md; an Error if there is none.
  Card card(const std::string& id, const std::string& revision = {});
  /// A file of at most `limit` bytes; nothing if the revision has none of that name.
  std::optional<std::string> file(const std::string& id, const std::string& revision,
                                  const std::string& path, std::uint64_t limit);
  /// What keeps this account from the files of a gated model; nothing: it may read them.
  std::optional<Gate> gate(const std::string& id, const std::string& revision = {});

 private:
  Response ask(const std::string& url, const std::string& what);
  Json document(const Response& response) const;
  std::string modelUrl(const std::string& id) const;

  HttpClient& client_;
  CancelToken cancel_;
};

/// The address of a file's content.
std::string fileUrl(const std::string& endpoint, const std::string& id, const std::string& revision,
                    const std::string& path);

}  // namespace orrery::hub
