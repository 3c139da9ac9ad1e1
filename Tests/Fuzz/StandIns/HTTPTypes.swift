// Stands in for swift-http-types: the statuses by which a manifest is refused.

public enum HTTPResponse {
    public enum Status: Sendable {
        case unprocessableContent, contentTooLarge, notFound
    }
}
