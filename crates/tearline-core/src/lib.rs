//! What Tearline decides besides prices: documents, plans, names.
