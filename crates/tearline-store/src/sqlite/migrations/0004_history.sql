-- What a document was at a version of the whole configuration: past orders are priced by it.
CREATE INDEX resource_history_by_document ON resource_history (shop_id, kind, id, config_version);
