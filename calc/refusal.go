package calc

import "fmt"

// Refusal says why a request has no result. It is an answer, not a fault: the same request is always refused the same way.
type Refusal struct {
	Code    string // AMOUNT_NOT_POSITIVE, ...
	Field   string // path in the request, such as transaction.amount
	Message string // what is wrong and what would be right
}

// Error prints field, code and message.
func (r *Refusal) Error() string { return fmt.Sprintf("%s: %s: %s", r.Field, r.Code, r.Message) }

func refuse(code, field, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Field: field, Message: fmt.Sprintf(format, args...)}
}
